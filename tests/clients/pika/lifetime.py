"""Time to live of messages and queues."""
from trips import *


def queues_limit_the_time_of_messages(channel):
    for kind in ["classic", "quorum"]:
        queue(channel, f"late.{kind}")
        queue(channel, f"brief.{kind}", queue_type=kind, message_ttl=30, **dead_to(f"late.{kind}"))
        send(channel, f"brief.{kind}", b"over")
        _, deaths = letter(channel, f"late.{kind}")
        assert deaths == [(f"brief.{kind}", "expired", 1)], deaths


def messages_limit_their_own_time(channel):
    queue(channel, "late")
    queue(channel, "patient", message_ttl=3_600_000, **dead_to("late"))
    send(channel, "patient", b"over", expiration="30")
    properties, _ = letter(channel, "late")
    [death] = properties.headers["x-death"]
    assert (properties.expiration, death["original-expiration"]) == (None, "30"), properties


def no_time_at_all_is_enough_for_a_consumer_that_waits(channel):
    queue(channel, "now", message_ttl=0)
    send(channel, "now", b"lost")
    assert channel.basic_get("now")[0] is None
    arrived = []
    other = connection.channel()
    other.basic_consume("now", lambda *delivery: arrived.append(delivery[3]), auto_ack=True)
    send(channel, "now", b"caught")
    eventually("it arrives", lambda: arrived == [b"caught"])
    other.close()


def what_is_over_goes_when_it_comes_to_the_head(channel):
    queue(channel, "row")
    send(channel, "row", b"stays")
    send(channel, "row", b"goes", expiration="20")
    send(channel, "row", b"stays too")
    pass_time(channel, 50)
    assert taken(channel, "row", 2) == [b"stays", b"stays too"]


def queues_go_when_nobody_uses_them(channel):
    def is_there(name):
        # To publish to a queue is no use of it, and to ask for it is.
        try:
            channel.basic_publish("", name, b"", mandatory=True)
        except pika.exceptions.UnroutableError:
            return False
        except pika.exceptions.NackError:
            pass  # It goes in this moment.
        return True

    for kind in ["classic", "quorum"]:
        queue(channel, f"unused.{kind}", queue_type=kind, expires=100)
        queue(channel, f"used.{kind}", queue_type=kind, expires=100)
        consumer = connection.channel()
        consumer.basic_consume(f"used.{kind}", lambda *_: None)
        eventually("the unused queue is gone", lambda: not is_there(f"unused.{kind}"))
        pass_time(channel, 200)
        assert is_there(f"used.{kind}")
        consumer.close()
        eventually("it is gone after its consumer", lambda: not is_there(f"used.{kind}"))


def times_that_cannot_be_are_refused(channel):
    for argument, value, reason in [
        ("x-expires", 0, "{value_zero,0}"),
        ("x-expires", -5, "{value_negative,-5}"),
        ("x-message-ttl", -1, "{value_negative,-1}"),
        ("x-message-ttl", "1", '"expected integer, got longstr"'),
        ("x-message-ttl", 1_000_000_000_000, "{value_too_large,1000000000000}"),
    ]:
        bad = declares("bad", **{argument[2:].replace("-", "_"): value})
        refused(406, not_as_said(argument, "bad", reason), bad)
    for expiration, reason in [
        ("never", "no_integer"),
        ("", "no_integer"),
        ("-1", "{value_negative,-1}"),
        ("1.5", '{leftover_string,".5"}'),
    ]:
        def publish(channel):
            channel.confirm_delivery()
            send(channel, "bad", b"", expiration=expiration)

        refused(406, f"PRECONDITION_FAILED - invalid expiration '{expiration}': {reason}", publish)
    queue(channel, "kept", message_ttl=1000)
    different = "received '2000' but current is '1000'"
    text = f"PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'kept' in vhost '/': {different}"
    refused(406, text, declares("kept", message_ttl=2000))


go(
    queues_limit_the_time_of_messages,
    messages_limit_their_own_time,
    no_time_at_all_is_enough_for_a_consumer_that_waits,
    what_is_over_goes_when_it_comes_to_the_head,
    queues_go_when_nobody_uses_them,
    times_that_cannot_be_are_refused,
)
