"""Retries with dead letters, expiry, priorities, full queues and one active consumer with pika. Prints the name of each
that went well; the first that does not ends the program with its error."""
import datetime

import pika

connection = pika.BlockingConnection(pika.ConnectionParameters(host="localhost"))


def deliveries(channel, queue, count):
    """The next `count` deliveries from a queue, with their methods and properties, not acknowledged."""
    found = []
    for method, properties, body in channel.consume(queue):
        found.append((method, properties, body))
        if len(found) == count:
            return found


def retries(channel):
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "wait"}
    again = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "work", "x-message-ttl": 30}
    channel.queue_declare("work", durable=True, arguments=dead)
    channel.queue_declare("wait", durable=True, arguments=again)
    properties = pika.BasicProperties(delivery_mode=2, headers={"kind": "job"})
    channel.basic_publish("", "work", b"job", properties)
    for rounds in range(3):
        [(method, properties, body)] = deliveries(channel, "work", 1)
        deaths = properties.headers.get("x-death", [])
        told = [(death["queue"], death["reason"], death["count"]) for death in deaths]
        assert told == ([("wait", "expired", rounds), ("work", "rejected", rounds)] if rounds else []), told
        assert all(isinstance(death["time"], datetime.datetime) for death in deaths), deaths
        assert (body, properties.headers["kind"], properties.delivery_mode) == (b"job", "job", 2)
        channel.basic_nack(method.delivery_tag, requeue=False)


def expiry(channel):
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "late"}
    channel.queue_declare("short", durable=True, arguments=dead)
    channel.queue_declare("late", durable=True)
    channel.basic_publish("", "short", b"", pika.BasicProperties(expiration="30"))
    [(_, properties, _)] = deliveries(channel, "late", 1)
    [death] = properties.headers["x-death"]
    assert properties.expiration is None, properties
    assert (death["reason"], death["original-expiration"]) == ("expired", "30"), death
    assert death["routing-keys"] == ["short"], death


def priorities(channel):
    channel.queue_declare("ranked", durable=True, arguments={"x-max-priority": 9})
    for priority in [1, 9, 5]:
        channel.basic_publish("", "ranked", str(priority).encode(), pika.BasicProperties(priority=priority))
    order = [body for _, _, body in deliveries(channel, "ranked", 3)]
    assert order == [b"9", b"5", b"1"], order


def a_full_queue_refuses(channel):
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    channel.queue_declare("full", durable=True, arguments=full)
    channel.basic_publish("", "full", b"first")
    try:
        channel.basic_publish("", "full", b"second")
    except pika.exceptions.NackError:
        return
    raise AssertionError("the second message was taken")


def one_active_consumer(channel):
    channel.queue_declare("single", durable=True, arguments={"x-single-active-consumer": True})
    arrived = []

    def take(channel, method, properties, body):
        arrived.append((method.consumer_tag, body))

    for tag in ["first", "second"]:
        channel.basic_consume("single", take, auto_ack=True, consumer_tag=tag)
    for body, until in [(b"one", 1), (b"two", 2)]:
        channel.basic_publish("", "single", body)
        while len(arrived) < until:
            connection.process_data_events(time_limit=1)
        if until == 1:
            channel.basic_cancel("first")
    assert arrived == [("first", b"one"), ("second", b"two")], arrived


for trip in [retries, expiry, priorities, a_full_queue_refuses, one_active_consumer]:
    channel = connection.channel()
    channel.confirm_delivery()
    trip(channel)
    channel.close()
    print(trip.__name__)
connection.close()
