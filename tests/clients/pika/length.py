"""Full queues: what gives way, and what publishers are told."""
from trips import *


def the_oldest_gives_way(channel):
    for kind in ["classic", "quorum"]:
        queue(channel, f"out.{kind}")
        queue(channel, f"short.{kind}", queue_type=kind, max_length=2, **dead_to(f"out.{kind}"))
        send(channel, f"short.{kind}", b"1", b"2", b"3")
        assert letter(channel, f"out.{kind}")[1] == [(f"short.{kind}", "maxlen", 1)]
        assert taken(channel, f"short.{kind}", 2) == [b"2", b"3"]


def bytes_are_counted_too(channel):
    queue(channel, "small", max_length_bytes=10)
    send(channel, "small", b"12345", b"67890", b"abc")
    assert taken(channel, "small", 2) == [b"67890", b"abc"]


def what_is_not_ready_does_not_count(channel):
    queue(channel, "held", max_length=1)
    send(channel, "held", b"1")
    got(channel, "held")
    send(channel, "held", b"2")
    assert ready(channel, "held") == 1


def nothing_gives_way_and_the_publisher_is_told(channel):
    for kind in ["classic", "quorum"]:
        queue(channel, f"full.{kind}", queue_type=kind, max_length=1, overflow="reject-publish")
        send(channel, f"full.{kind}", b"first")
        nacked(channel, f"full.{kind}")
        assert taken(channel, f"full.{kind}", 1) == [b"first"]


def what_is_refused_is_dead_lettered(channel):
    queue(channel, "refused")
    queue(channel, "full", max_length=1, overflow="reject-publish-dlx", **dead_to("refused"))
    send(channel, "full", b"first")
    nacked(channel, "full")
    assert letter(channel, "refused")[1] == [("full", "maxlen", 1)]
    assert taken(channel, "full", 1) == [b"first"]


def nacked(channel, name):
    """Publishes until that is refused: a quorum queue may notice late that it is full."""

    def is_refused():
        try:
            send(channel, name, b"one too many")
        except pika.exceptions.NackError:
            return True
        return False

    eventually("a message is refused", is_refused)


def limits_that_cannot_be_are_refused(channel):
    for argument, value, reason in [
        ("max_length", -1, "{value_negative,-1}"),
        ("max_length", "1", '"expected integer, got longstr"'),
        ("max_length_bytes", -1, "{value_negative,-1}"),
        ("overflow", "burst", "invalid_overflow"),
        ("overflow", 5, "{unacceptable_type,signedint}"),
    ]:
        refused(406, not_as_said("x-" + argument.replace("_", "-"), "bad", reason), declares("bad", **{argument: value}))
    queue(channel, "settled", max_length=1)
    start = "PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'settled' in vhost '/': received "
    refused(406, start + "'2' but current is '1'", declares("settled", max_length=2))
    text = "none but current is the value '1' of type 'signedint'"
    refused(406, start + text, declares("settled"))


go(
    the_oldest_gives_way,
    bytes_are_counted_too,
    what_is_not_ready_does_not_count,
    nothing_gives_way_and_the_publisher_is_told,
    what_is_refused_is_dead_lettered,
    limits_that_cannot_be_are_refused,
)
