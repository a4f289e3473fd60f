"""The exchange types beyond the specification."""
import sys

from trips import *


def spread(channel, exchange, names, keys):
    """Publishes an empty message under each key, and tells how many came to each queue."""
    for key in keys:
        channel.basic_publish(exchange, key, b"")
    return [ready(channel, name) for name in names]


def bound(channel, exchange, keys, **arguments):
    """An exchange of the type that its name begins with, and a queue for each key."""
    channel.exchange_declare(exchange, exchange.split(".")[0], durable=True, arguments=arguments)
    names = [f"{exchange}.{number}" for number in range(len(keys))]
    for name, key in zip(names, keys):
        queue(channel, name)
        channel.queue_bind(name, exchange, key)
    return names


def consistent_hash(channel):
    names = bound(channel, "x-consistent-hash", ["1", "3"])
    light, heavy = spread(channel, "x-consistent-hash", names, map(str, range(400)))
    assert light + heavy == 400 and 40 < light < 160, (light, heavy)
    # The same key goes the same way.
    for _ in range(5):
        channel.basic_publish("x-consistent-hash", "one key", b"")
    assert [ready(channel, name) for name in names] in ([light + 5, heavy], [light, heavy + 5])
    by_header = bound(channel, "x-consistent-hash.header", ["1", "1"], **{"hash-header": "id"})
    for number in range(100):
        channel.basic_publish("x-consistent-hash.header", "key", b"", Properties(headers={"id": str(number)}))
    assert min(ready(channel, name) for name in by_header) > 10
    for key, reason in [
        ("heavy", 'must be an integer: <<"heavy">>'),
        ("0", "must be greater than 0"),
        ("10001", "must not exceed 10000"),
    ]:
        bind = lambda c: c.queue_bind(names[0], "x-consistent-hash", key)
        refused(406, f"PRECONDITION_FAILED - The binding key {reason}", bind)
    for arguments, reason in [
        ({"hash-header": "a", "hash-property": "message_id"}, "hash-header and hash-property are mutually exclusive"),
        ({"hash-property": "priority"}, "Unsupported property: priority"),
    ]:
        declare = lambda c: c.exchange_declare("bad", "x-consistent-hash", arguments=arguments)
        refused(406, f"PRECONDITION_FAILED - {reason}", declare)


def modulus_hash(channel):
    names = bound(channel, "x-modulus-hash", ["", "any", "key"])
    counts = spread(channel, "x-modulus-hash", names, map(str, range(150)))
    assert sum(counts) == 150 and min(counts) > 20, counts
    for _ in range(5):
        channel.basic_publish("x-modulus-hash", "one key", b"")
    grown = [after - before for before, after in zip(counts, [ready(channel, name) for name in names])]
    assert sorted(grown) == [0, 0, 5], grown


def random(channel):
    names = bound(channel, "x-random", ["a", "b"])
    counts = spread(channel, "x-random", names, ["same"] * 100)
    assert sum(counts) == 100 and min(counts) > 20, counts


def local_random(channel):
    names = bound(channel, "x-local-random", ["", ""])
    counts = spread(channel, "x-local-random", names, ["same"] * 100)
    assert sum(counts) == 100 and min(counts) > 20, counts
    for kind in ["quorum", "stream"]:
        queue(channel, f"not.{kind}", queue_type=kind)
        text = f"PRECONDITION_FAILED - Queue type rabbit_{kind}_queue not valid for this exchange type"
        refused(406, text, lambda c: c.queue_bind(f"not.{kind}", "x-local-random", ""))
    text = "PRECONDITION_FAILED - Non empty binding 'k' key not permitted"
    refused(406, text, lambda c: c.queue_bind(names[0], "x-local-random", "k"))
    text = "PRECONDITION_FAILED - Destination not found"
    refused(406, text, lambda c: c.exchange_bind("amq.fanout", "x-local-random"))


def recent_history(channel):
    length = "x-recent-history-length"
    channel.exchange_declare("recent", "x-recent-history", durable=True, arguments={length: 2})
    send(channel, "any", b"0", b"1", b"2", exchange="recent")
    send(channel, "any", b"not kept", exchange="recent", headers={"x-recent-history-no-store": True})
    queue(channel, "newcomer")
    channel.queue_bind("newcomer", "recent")
    assert taken(channel, "newcomer", 2) == [b"1", b"2"]
    send(channel, "any", b"3", exchange="recent")
    assert taken(channel, "newcomer", 1) == [b"3"]
    for value, shown in [(0, "0"), (-1, "-1"), ("5", '<<"5">>')]:
        text = f"PRECONDITION_FAILED - Invalid argument {shown}, '{length}' must be a positive integer"
        refused(406, text, lambda c: c.exchange_declare("bad", "x-recent-history", arguments={length: value}))


def delayed_message(channel):
    channel.exchange_declare("later", "x-delayed-message", durable=True, arguments={"x-delayed-type": "direct"})
    queue(channel, "due")
    channel.queue_bind("due", "later", "due")
    for delay in [120, 20, 0]:
        send(channel, "due", b"%d" % delay, exchange="later", headers={"x-delay": delay})
    found = deliveries(channel, "due", 3, auto_ack=True)
    assert [body for _, _, body in found] == [b"0", b"20", b"120"]
    assert found[2][1].headers == {"x-delay": -120}, found[2]
    text = "PRECONDITION_FAILED - Invalid argument, 'x-delayed-type' must be an existing exchange type"
    refused(406, text, lambda c: c.exchange_declare("bad", "x-delayed-message"))


def a_type_is_what_it_is(channel):
    channel.exchange_declare("settled", "x-random", durable=True)
    text = (
        "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'settled' in vhost '/': received 'direct' but current is "
        "''x-random''"
    )
    refused(406, text, lambda c: c.exchange_declare("settled", "direct", durable=True))
    text = "PRECONDITION_FAILED - unknown exchange type 'carousel'"
    refused(406, text, lambda c: c.exchange_declare("bad", "carousel"))


trips = [consistent_hash, modulus_hash, random, local_random, recent_history, a_type_is_what_it_is]
if "delayed" in sys.argv:
    trips.append(delayed_message)
go(*trips)
