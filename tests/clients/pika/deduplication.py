"""Messages that came before are dropped, as LavinMQ does it: RabbitMQ has no such thing."""
from trips import *

KEY = "x-deduplication-header"


def publish(channel, keys, exchange="", to="", header=KEY):
    for key in keys:
        send(channel, to, key.encode(), exchange=exchange, headers={header: key})


def queues_drop_what_came_before(channel):
    queue(channel, "once", message_deduplication=True)
    publish(channel, "abacab", to="once")
    # Without the header nothing is told apart.
    send(channel, "once", b"plain", b"plain")
    assert taken(channel, "once", 5) == [b"a", b"b", b"c", b"plain", b"plain"]


def exchanges_do_it_too(channel):
    arguments = {"x-message-deduplication": True}
    channel.exchange_declare("once", "fanout", durable=True, arguments=arguments)
    for name in ["left", "right"]:
        queue(channel, name)
        channel.queue_bind(name, "once")
    publish(channel, "aab", exchange="once")
    assert [taken(channel, name, 2) for name in ["left", "right"]] == [[b"a", b"b"]] * 2


def as_many_are_remembered_as_was_said(channel):
    queue(channel, "small", message_deduplication=True, cache_size=2)
    publish(channel, "abca", to="small")
    assert taken(channel, "small", 4) == [b"a", b"b", b"c", b"a"]


def as_long_as_was_said(channel):
    queue(channel, "brief", message_deduplication=True, cache_ttl=100)
    publish(channel, "aa", to="brief")
    pass_time(channel, 150)
    publish(channel, "a", to="brief")
    assert taken(channel, "brief", 2) == [b"a", b"a"]


def another_header_may_tell(channel):
    queue(channel, "by.id", message_deduplication=True, deduplication_header="id")
    publish(channel, "aa", to="by.id", header="id")
    publish(channel, "bb", to="by.id")
    assert taken(channel, "by.id", 3) == [b"a", b"b", b"b"]


def what_cannot_be_is_refused(channel):
    for argument, value, reason in [
        ("message_deduplication", "yes", "{unacceptable_type,longstr}"),
        ("cache_size", -1, "{value_negative,-1}"),
        ("cache_ttl", "5", '"expected integer, got longstr"'),
        ("deduplication_header", 5, "{unacceptable_type,signedint}"),
    ]:
        named = "x-" + argument.replace("_", "-")
        refused(406, not_as_said(named, "bad", reason), declares("bad", **{argument: value}))
        text = not_as_said(named, "bad", reason).replace("for queue", "for exchange")
        refused(406, text, lambda c: c.exchange_declare("bad", "fanout", arguments={named: value}))


go(
    queues_drop_what_came_before,
    exchanges_do_it_too,
    as_many_are_remembered_as_was_said,
    as_long_as_was_said,
    another_header_may_tell,
    what_cannot_be_is_refused,
)
