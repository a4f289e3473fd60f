"""What the programs of this folder share. A program is a list of trips, each of which shows one thing on a channel of its own;
`go` prints the name of each that went well, and the first that does not ends the program with its error."""
import os
import re
import time

import pika
import pika.exceptions

Properties = pika.BasicProperties
HOST = "localhost"
VHOST = os.environ.get("WARREN_TEST_VHOST", "/")


def connect(**others):
    """A connection of its own."""
    return pika.BlockingConnection(pika.ConnectionParameters(host=HOST, **others))


connection = connect()


def go(*trips):
    """Makes the trips, one after the other."""
    for trip in trips:
        channel = connection.channel()
        channel.confirm_delivery()
        trip(channel)
        if channel.is_open:
            channel.close()
        print(trip.__name__)
    connection.close()


def queue(channel, name, **arguments):
    """Declares a durable queue; an argument `max_length` is `x-max-length`."""
    named = {"x-" + key.replace("_", "-"): value for key, value in arguments.items()}
    channel.queue_declare(name, durable=True, arguments=named)


def dead_to(name, **others):
    """Arguments of a queue whose dead letters go to another queue."""
    return {"dead_letter_exchange": "", "dead_letter_routing_key": name, **others}


def send(channel, key, *bodies, exchange="", **properties):
    """Publishes, and waits for each confirm."""
    for body in bodies:
        channel.basic_publish(exchange, key, body, Properties(**properties))


def deliveries(channel, name, count, **how):
    """The next `count` deliveries from a queue, with their methods and properties, not acknowledged."""
    found = []
    for delivery in channel.consume(name, inactivity_timeout=10, **how):
        assert delivery[0] is not None, f"{name}: {len(found)} of {count} came"
        found.append(delivery)
        if len(found) == count:
            channel.cancel()
            return found


def taken(channel, name, count):
    """The bodies of the next `count` messages of a queue, which are gone then."""
    return [body for _, _, body in deliveries(channel, name, count, auto_ack=True)]


def letter(channel, name):
    """The next dead letter in a queue, which is gone then: its properties, and queue, reason and count of each death."""
    [(_, properties, _)] = deliveries(channel, name, 1, auto_ack=True)
    deaths = properties.headers["x-death"]
    return properties, [(death["queue"], death["reason"], death["count"]) for death in deaths]


def got(channel, name):
    """A message of a queue, fetched and not acknowledged, as soon as there is one."""
    found = []

    def is_there():
        found[:] = channel.basic_get(name)
        return found[0] is not None

    eventually(f"{name} has a message", is_there)
    return found


def ready(channel, name):
    """How many messages a queue has ready."""
    return channel.queue_declare(name, passive=True).method.message_count


def eventually(what, holds):
    """Waits until something holds, with a limit."""
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until, what
        connection.process_data_events(time_limit=0.01)


def pass_time(channel, milliseconds):
    """Lets so much time pass at the broker: a message with that time to live tells when."""
    queue(channel, "bell")
    queue(channel, "clock", **dead_to("bell"))
    send(channel, "clock", b"", expiration=str(milliseconds))
    taken(channel, "bell", 1)


def refused(code, text, action, on=None):
    """Does something on a channel of its own, which must be closed for it with that code and text."""
    channel = (on or connection).channel()
    says(pika.exceptions.ChannelClosedByBroker, code, text, lambda: action(channel))


def fatal(code, text, action):
    """Does something on a connection of its own, which must be closed for it with that code and text."""
    says(pika.exceptions.ConnectionClosedByBroker, code, text, lambda: action(connect().channel()))


def says(kind, code, text, action):
    """An error of this kind must come, with this code and text, or one that `text` matches; virtual hosts are written `/`."""
    try:
        action()
    except kind as error:
        told = error.reply_text.replace(f"vhost '{VHOST}'", "vhost '/'")
        as_wanted = text.fullmatch(told) if isinstance(text, re.Pattern) else text == told
        assert error.reply_code == code and as_wanted, (error.reply_code, told)
        return
    raise AssertionError(f"not refused with {code} {text}")


def not_as_said(argument, name, reason):
    """The text about an argument of a queue whose value cannot be."""
    return f"PRECONDITION_FAILED - invalid arg '{argument}' for queue '{name}' in vhost '/': {reason}"


def not_of_kind(argument, name, kind):
    """The text about an argument that queues of another kind take."""
    return f"PRECONDITION_FAILED - invalid arg '{argument}' for queue '{name}' in vhost '/' of queue type rabbit_{kind}_queue"


def declares(name, kind=None, **more):
    """Declares a durable queue, for a broker that refuses it: an action of `refused`."""
    arguments = {"x-" + key.replace("_", "-"): value for key, value in more.items()}
    if kind:
        arguments["x-queue-type"] = kind
    return lambda channel: channel.queue_declare(name, durable=True, arguments=arguments)
