"""Priorities of messages and of consumers."""
from trips import *


def the_highest_comes_first(channel):
    queue(channel, "ranked", max_priority=9)
    for priority in [1, 9, None, 5, 200, 5]:
        body = str(priority).encode()
        send(channel, "ranked", body, priority=priority)
    assert taken(channel, "ranked", 6) == [b"9", b"200", b"5", b"5", b"1", b"None"]


def without_priorities_the_order_is_that_of_coming(channel):
    queue(channel, "plain")
    for priority in [1, 9, 5]:
        send(channel, "plain", str(priority).encode(), priority=priority)
    assert taken(channel, "plain", 3) == [b"1", b"9", b"5"]


def quorum_queues_have_priorities_by_themselves(channel):
    queue(channel, "strict", queue_type="quorum")
    for priority in [1, 31, 5]:
        send(channel, "strict", str(priority).encode(), priority=priority)
    assert taken(channel, "strict", 3) == [b"31", b"5", b"1"]


def consumers_of_higher_priority_are_served_first(channel):
    for kind in ["classic", "quorum"]:
        name = f"served.{kind}"
        queue(channel, name, queue_type=kind)
        arrived = []
        consumers = {}
        for tag, priority in [("low", -1), ("high", 10), ("none", None)]:
            consumer = consumers[tag] = connection.channel()
            consumer.basic_qos(prefetch_count=1)
            arguments = {} if priority is None else {"x-priority": priority}
            consumer.basic_consume(
                name, lambda _, method, *__: arrived.append(method.consumer_tag), consumer_tag=tag, arguments=arguments
            )
        # Each has room for one, the highest first.
        for count, tags in enumerate([["high"], ["high", "none"], ["high", "none", "low"]], start=1):
            send(channel, name, b"")
            eventually(f"{count} are delivered", lambda: len(arrived) == count)
            assert arrived == tags, arrived
        for consumer in consumers.values():
            consumer.close()


def priorities_that_cannot_be_are_refused(channel):
    for value, reason in [
        (-1, "{value_negative,-1}"),
        (256, "{max_value_exceeded,256}"),
        ("high", '"expected integer, got longstr"'),
    ]:
        refused(406, not_as_said("x-max-priority", "bad", reason), declares("bad", max_priority=value))
    refused(406, not_of_kind("x-max-priority", "bad", "quorum"), declares("bad", "quorum", max_priority=5))
    queue(channel, "plain")
    reason = not_as_said("x-priority", "plain", '"expected integer, got longstr"')
    refused(406, reason, lambda c: c.basic_consume("plain", lambda *_: None, arguments={"x-priority": "high"}))
    queue(channel, "settled", max_priority=3)
    difference = "received '4' but current is '3'"
    text = f"PRECONDITION_FAILED - inequivalent arg 'x-max-priority' for queue 'settled' in vhost '/': {difference}"
    refused(406, text, declares("settled", max_priority=4))


go(
    the_highest_comes_first,
    without_priorities_the_order_is_that_of_coming,
    quorum_queues_have_priorities_by_themselves,
    consumers_of_higher_priority_are_served_first,
    priorities_that_cannot_be_are_refused,
)
