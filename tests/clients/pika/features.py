"""What applications written for RabbitMQ use beyond publishing and consuming, with pika: a trip for each part, with its
refusals. Prints the name of each that went well; the first that does not ends the program with its error."""
import time

import pika
import pika.exceptions

connection = pika.BlockingConnection(pika.ConnectionParameters(host="localhost"))


def deliveries(channel, queue, count, **how):
    """The next `count` deliveries from a queue, with their methods and properties, not acknowledged."""
    found = []
    for method, properties, body in channel.consume(queue, **how):
        found.append((method, properties, body))
        if len(found) == count:
            channel.cancel()
            return found


def refused(code, text, action):
    """Does something on a channel of its own, and wants it refused with that code and text."""
    channel = connection.channel()
    try:
        action(channel)
    except pika.exceptions.ChannelClosedByBroker as error:
        assert (error.reply_code, text in error.reply_text) == (code, True), (error.reply_code, error.reply_text)
        return
    raise AssertionError(f"not refused with {code} {text}")


def eventually(what, holds):
    """Waits until something holds, with a limit."""
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until, what
        connection.process_data_events(time_limit=0.01)


def has_queue(name):
    channel = connection.channel()
    try:
        channel.queue_declare(name, passive=True)
    except pika.exceptions.ChannelClosedByBroker as error:
        assert error.reply_code == 404, error
        return False
    channel.close()
    return True


def lifetime(channel):
    channel.queue_declare("brief", arguments={"x-expires": 50})
    eventually("the unused queue is gone", lambda: not has_queue("brief"))
    refused(406, "invalid arg 'x-expires'", lambda c: c.queue_declare("bad", arguments={"x-expires": 0}))
    refused(406, "invalid arg 'x-message-ttl'", lambda c: c.queue_declare("bad", arguments={"x-message-ttl": "1"}))

    def publish_forever(c):
        c.basic_publish("", "bad", b"", pika.BasicProperties(expiration="never"))
        c.queue_declare("bad")

    refused(406, "invalid expiration", publish_forever)


def length(channel):
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "pushed-out"}
    channel.queue_declare("short", durable=True, arguments={"x-max-length": 2, **dead})
    channel.queue_declare("pushed-out", durable=True)
    for number in range(3):
        channel.basic_publish("", "short", b"%d" % number)
    [(_, properties, body)] = deliveries(channel, "pushed-out", 1)
    assert (body, properties.headers["x-death"][0]["reason"]) == (b"0", "maxlen"), properties
    assert [body for _, _, body in deliveries(channel, "short", 2)] == [b"1", b"2"]
    refused(406, "inequivalent arg 'x-max-length'", lambda c: c.queue_declare("short", durable=True, arguments=dead))
    refused(406, "invalid_overflow", lambda c: c.queue_declare("bad", arguments={"x-overflow": "burst"}))


def consumers(channel):
    channel.queue_declare("mine", durable=True)
    channel.basic_consume("mine", lambda *_: None, exclusive=True)
    refused(403, "in exclusive use", lambda c: c.basic_consume("mine", lambda *_: None))
    ended = []
    other = connection.channel()
    other.queue_declare("doomed", durable=True)
    other.add_on_cancel_callback(lambda frame: ended.append(frame.method.consumer_tag))
    other.basic_consume("doomed", lambda *_: None, consumer_tag="told")
    channel.queue_delete("doomed")
    eventually("the consumer is told", lambda: ended == ["told"])
    channel.queue_declare("few", durable=True)
    for number in range(5):
        channel.basic_publish("", "few", b"%d" % number)
    arrived = []
    limited = connection.channel()
    limited.basic_qos(prefetch_count=2)
    limited.basic_consume("few", lambda c, method, *_: arrived.append(method.delivery_tag))
    eventually("two arrive", lambda: len(arrived) == 2)
    limited.basic_ack(arrived[-1], multiple=True)
    eventually("two more arrive", lambda: len(arrived) == 4)
    assert channel.queue_declare("few", durable=True, passive=True).method.message_count == 1


def routing(channel):
    channel.exchange_declare("else", "fanout")
    channel.exchange_declare("main", "direct", arguments={"alternate-exchange": "else"})
    channel.exchange_declare("inside", "topic", internal=True)
    channel.exchange_bind("inside", "main", "a.b")
    channel.exchange_bind("main", "inside", "#")
    for queue, exchange, key in [("lost", "else", ""), ("words", "inside", "*.b"), ("copy", "main", "copy")]:
        channel.queue_declare(queue, durable=True)
        channel.queue_bind(queue, exchange, key)
    channel.basic_publish("main", "nowhere", b"lost")
    headers = {"CC": ["copy"], "BCC": ["words"]}
    channel.basic_publish("main", "a.b", b"routed", pika.BasicProperties(headers=headers))
    channel.basic_publish("", "nobody", b"", pika.BasicProperties(headers={"BCC": ["copy"]}))
    assert [body for _, _, body in deliveries(channel, "lost", 1)] == [b"lost"]
    assert [body for _, _, body in deliveries(channel, "words", 1)] == [b"routed"]
    [(_, properties, _), (_, blind, _)] = deliveries(channel, "copy", 2)
    assert properties.headers == {"CC": ["copy"]} and not blind.headers, (properties, blind)
    refused(403, "cannot publish to internal exchange", lambda c: (c.basic_publish("inside", "", b""), c.queue_declare("")))
    properties = pika.BasicProperties(user_id="nobody")
    refused(406, "user_id property set to 'nobody'", lambda c: (c.basic_publish("", "x", b"", properties), c.queue_declare("")))


def exchange_types(channel):
    channel.exchange_declare("hash", "x-consistent-hash", durable=True)
    for queue in ["left", "right"]:
        channel.queue_declare(queue, durable=True)
        channel.queue_bind(queue, "hash", "1")
    for number in range(200):
        channel.basic_publish("hash", str(number), b"")
    counts = [channel.queue_declare(queue, durable=True).method.message_count for queue in ["left", "right"]]
    assert sum(counts) == 200 and min(counts) > 50, counts
    channel.exchange_declare("later", "x-delayed-message", durable=True, arguments={"x-delayed-type": "fanout"})
    channel.queue_declare("due", durable=True)
    channel.queue_bind("due", "later")
    for delay in [80, 20]:
        channel.basic_publish("later", "", b"%d" % delay, pika.BasicProperties(headers={"x-delay": delay}))
    assert [body for _, _, body in deliveries(channel, "due", 2)] == [b"20", b"80"]
    channel.exchange_declare("recent", "x-recent-history", durable=True, arguments={"x-recent-history-length": 2})
    for number in range(3):
        channel.basic_publish("recent", "", b"%d" % number)
    channel.queue_declare("newcomer", durable=True)
    channel.queue_bind("newcomer", "recent")
    assert [body for _, _, body in deliveries(channel, "newcomer", 2)] == [b"1", b"2"]
    refused(406, "x-delayed-type", lambda c: c.exchange_declare("bad", "x-delayed-message"))


def deduplication(channel):
    channel.queue_declare("once", durable=True, arguments={"x-message-deduplication": True})
    for key in ["a", "b", "a"]:
        headers = {"x-deduplication-header": key}
        channel.basic_publish("", "once", key.encode(), pika.BasicProperties(headers=headers))
    assert channel.queue_declare("once", durable=True, passive=True).method.message_count == 2


def quorum(channel):
    kind = {"x-queue-type": "quorum"}
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "poisoned"}
    channel.queue_declare("tasks", durable=True, arguments={**kind, **dead, "x-delivery-limit": 1})
    channel.queue_declare("poisoned", durable=True)
    channel.basic_publish("", "tasks", b"poison")
    for count in [None, 1]:
        [(method, properties, _)] = deliveries(channel, "tasks", 1)
        assert (properties.headers or {}).get("x-delivery-count") == count, properties
        channel.basic_reject(method.delivery_tag, requeue=True)
    [(_, properties, _)] = deliveries(channel, "poisoned", 1)
    assert properties.headers["x-death"][0]["reason"] == "delivery_limit", properties
    refused(406, "invalid property 'non-durable'", lambda c: c.queue_declare("bad", arguments=kind))
    refused(406, "invalid property 'exclusive-owner'", lambda c: c.queue_declare("bad", durable=True, exclusive=True, arguments=kind))
    priority = {**kind, "x-max-priority": 5}
    refused(406, "invalid arg 'x-max-priority'", lambda c: c.queue_declare("bad", durable=True, arguments=priority))


def streams(channel):
    kind = {"x-queue-type": "stream"}
    channel.queue_declare("log", durable=True, arguments=kind)
    for number in range(4):
        channel.basic_publish("", "log", b"%d" % number)
    for offset, expected in [("first", b"0"), (2, b"2"), ("last", b"3")]:
        reader = connection.channel()
        reader.basic_qos(prefetch_count=10)
        [(_, properties, body)] = deliveries(reader, "log", 1, arguments={"x-stream-offset": offset})
        assert (body, properties.headers["x-stream-offset"]) == (expected, int(expected)), (offset, body)
        reader.close()
    refused(406, "prefetch", lambda c: c.basic_consume("log", lambda *_: None))


def at_least_once(channel):
    kept = {
        "x-queue-type": "quorum",
        "x-overflow": "reject-publish",
        "x-dead-letter-strategy": "at-least-once",
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "comes-later",
    }
    channel.queue_declare("careful", durable=True, arguments=kept)
    channel.basic_publish("", "careful", b"kept")
    [(method, _, _)] = deliveries(channel, "careful", 1)
    channel.basic_reject(method.delivery_tag, requeue=False)
    # There was no queue for the dead letter until now.
    channel.queue_declare("comes-later", durable=True)
    [(_, properties, body)] = deliveries(channel, "comes-later", 1)
    assert (body, properties.headers["x-death"][0]["reason"]) == (b"kept", "rejected"), properties


trips = [lifetime, length, consumers, routing, exchange_types, deduplication, quorum, streams, at_least_once]
for trip in trips:
    channel = connection.channel()
    channel.confirm_delivery()
    trip(channel)
    channel.close()
    print(trip.__name__)
connection.close()
