"""Consumers: exclusive ones, single active ones, those that are told of their end, their limits and their time."""
import re
import sys

from trips import *


def one_may_have_a_queue_for_itself(channel):
    queue(channel, "mine")
    channel.basic_consume("mine", lambda *_: None, exclusive=True, consumer_tag="only")
    text = "ACCESS_REFUSED - queue 'mine' in vhost '/' in exclusive use"
    refused(403, text, lambda c: c.basic_consume("mine", lambda *_: None))
    channel.basic_cancel("only")
    other = connection.channel()
    other.basic_consume("mine", lambda *_: None)
    refused(403, text, lambda c: c.basic_consume("mine", lambda *_: None, exclusive=True))
    other.close()


def one_is_active_and_another_follows(channel):
    for kind in ["classic", "quorum"]:
        name = f"single.{kind}"
        queue(channel, name, queue_type=kind, single_active_consumer=True)
        arrived = []
        consumers = [connection.channel() for _ in range(2)]
        for number, consumer in enumerate(consumers):
            consumer.basic_consume(
                name, lambda _, method, __, body: arrived.append((method.consumer_tag, body)),
                auto_ack=True, consumer_tag=f"{number}",
            )
        send(channel, name, b"one", b"two")
        eventually("both come to the first", lambda: arrived == [("0", b"one"), ("0", b"two")])
        consumers[0].close()
        send(channel, name, b"three")
        eventually("the next comes to the second", lambda: arrived[2:] == [("1", b"three")])
        consumers[1].close()
    text = "ACCESS_REFUSED - queue 'single.classic' in vhost '/' in exclusive use"
    refused(403, text, lambda c: c.basic_consume("single.classic", lambda *_: None, exclusive=True))
    text = (
        "RESOURCE_LOCKED - cannot obtain access to locked queue 'single.quorum' in vhost '/'. basic.get operations are not "
        "supported by <<\"quorum\">> queues with single active consumer"
    )
    refused(405, text, lambda c: c.basic_get("single.quorum"))


def the_end_of_a_queue_is_told(channel):
    ended = []
    consumer = connection.channel()
    consumer.add_on_cancel_callback(lambda frame: ended.append(frame.method.consumer_tag))
    for kind in ["classic", "quorum", "stream"]:
        queue(channel, f"doomed.{kind}", queue_type=kind)
        consumer.basic_qos(prefetch_count=5)
        consumer.basic_consume(f"doomed.{kind}", lambda *_: None, consumer_tag=kind)
        channel.queue_delete(f"doomed.{kind}")
        eventually("the consumer is told", lambda: ended[-1:] == [kind])
    consumer.close()


def each_consumer_has_its_limit(channel):
    queue(channel, "few")
    send(channel, "few", *[b"%d" % number for number in range(6)])
    arrived = []
    limited = connection.channel()
    for tag, limit in [("two", 2), ("one", 1)]:
        # It is for consumers that begin from now on.
        limited.basic_qos(prefetch_count=limit)
        limited.basic_consume("few", lambda _, method, *__: arrived.append(method), consumer_tag=tag)
    eventually("three are delivered", lambda: len(arrived) == 3)
    tags = [method.consumer_tag for method in arrived]
    assert sorted(tags) == ["one", "two", "two"], tags
    limited.basic_ack(arrived[-1].delivery_tag, multiple=True)
    eventually("three more are", lambda: len(arrived) == 6)
    limited.close()
    fatal(540, "NOT_IMPLEMENTED - prefetch_size!=0 (1024)", lambda c: c.basic_qos(prefetch_size=1024))


def the_whole_channel_may_have_one(channel):
    for name in ["left", "right"]:
        queue(channel, name)
        send(channel, name, b"1", b"2")
    arrived = []
    limited = connection.channel()
    limited.basic_qos(prefetch_count=3, global_qos=True)
    for name in ["left", "right"]:
        limited.basic_consume(name, lambda _, method, __, body: arrived.append(method.delivery_tag))
    eventually("three are delivered", lambda: len(arrived) == 3)
    assert ready(channel, "left") + ready(channel, "right") == 1
    limited.basic_ack(arrived[0])
    eventually("the last one is", lambda: len(arrived) == 4)
    limited.close()
    queue(channel, "quorum", queue_type="quorum")

    def consume(c):
        c.basic_qos(prefetch_count=3, global_qos=True)
        c.basic_consume("quorum", lambda *_: None)

    fatal(540, "NOT_IMPLEMENTED - queue 'quorum' in vhost '/' does not support global qos", consume)


def who_is_too_slow_loses_the_channel(channel):
    queue(channel, "hurried", queue_type="quorum", consumer_timeout=200)
    # To a client that can be told of the end of a consumer, RabbitMQ 4.3 tells that instead.
    other = connect(client_properties={"capabilities": {"consumer_cancel_notify": False}})
    slow = other.channel()
    slow.basic_consume("hurried", lambda *_: None)
    send(channel, "hurried", b"slow")
    other.call_later(10, slow.stop_consuming)
    # RabbitMQ 4.3 says -1 ms where the queue has a limit of its own.
    text = re.compile(
        "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: (200|-1) ms. "
        "This timeout value can be configured, see consumers doc guide to learn more"
    )
    says(pika.exceptions.ChannelClosedByBroker, 406, text, slow.start_consuming)
    [(method, _, body)] = deliveries(channel, "hurried", 1)
    assert (method.redelivered, body) == (True, b"slow")
    channel.basic_ack(method.delivery_tag)
    other.close()
    text = not_as_said("x-consumer-timeout", "bad", '"expected integer, got longstr"')
    refused(406, text, declares("bad", "quorum", consumer_timeout="soon"))


def what_cannot_be_is_refused(channel):
    reason = "{unacceptable_type,longstr}"
    bad = declares("bad", single_active_consumer="yes")
    refused(406, not_as_said("x-single-active-consumer", "bad", reason), bad)
    refused(404, "NOT_FOUND - no queue 'none' in vhost '/'", lambda c: c.basic_consume("none", lambda *_: None))

    def acknowledge(c):
        c.basic_ack(7)
        c.queue_declare("")

    refused(406, "PRECONDITION_FAILED - unknown delivery tag 7", acknowledge)


trips = [
    one_may_have_a_queue_for_itself,
    one_is_active_and_another_follows,
    the_end_of_a_queue_is_told,
    each_consumer_has_its_limit,
    who_is_too_slow_loses_the_channel,
    what_cannot_be_is_refused,
]
if "global_qos" in sys.argv:
    trips.append(the_whole_channel_may_have_one)
go(*trips)
