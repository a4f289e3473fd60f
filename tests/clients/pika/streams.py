"""Streams: many readers of one log, from where they want to begin."""
import datetime
import time

from trips import *


def stream(channel, name, **more):
    queue(channel, name, queue_type="stream", **more)


def read(name, count, offset=None, prefetch=10, **more):
    """The next `count` messages for a reader of its own: offsets and bodies."""
    reader = connection.channel()
    reader.basic_qos(prefetch_count=prefetch)
    arguments = {"x-" + key.replace("_", "-"): value for key, value in more.items()}
    if offset is not None:
        arguments["x-stream-offset"] = offset
    found = []
    for delivery in reader.consume(name, arguments=arguments, inactivity_timeout=10):
        assert delivery[0] is not None, f"{name}: {len(found)} of {count} came"
        method, properties, body = delivery
        # An acknowledgement gives credit back.
        reader.basic_ack(method.delivery_tag)
        found.append((properties.headers["x-stream-offset"], body))
        if len(found) == count:
            break
    reader.close()
    return found


def numbered(*numbers):
    return [(number, b"%d" % number) for number in numbers]


def readers_begin_where_they_want(channel):
    stream(channel, "log")
    send(channel, "log", b"0", b"1", b"2")
    pass_time(channel, 2100)
    later = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    send(channel, "log", b"3", b"4")
    for offset, first in [
        ("first", 0), (0, 0), (2, 2), ("last", 4), ("1h", 0), ("1s", 3), (later, 3), (datetime.datetime(2001, 1, 1), 0),
    ]:
        begins = read("log", 1, offset)
        assert begins == numbered(first), (offset, begins)
    # These wait for what comes: the next one, an offset that is not there yet, and whoever says nothing.
    readers = []
    for offset in ["next", 5, None]:
        reader = connection.channel()
        reader.basic_qos(prefetch_count=1)
        arrived = []
        arguments = {} if offset is None else {"x-stream-offset": offset}
        reader.basic_consume("log", lambda *delivery, arrived=arrived: arrived.append(delivery[3]), arguments=arguments)
        readers.append((reader, arrived))
    send(channel, "log", b"5")
    eventually("each has it", lambda: all(arrived == [b"5"] for _, arrived in readers))
    for reader, _ in readers:
        reader.close()


def readers_do_not_take_anything_from_each_other(channel):
    stream(channel, "shared")
    send(channel, "shared", *[b"%d" % number for number in range(30)])
    for prefetch in [1, 7, 100]:
        assert read("shared", 30, "first", prefetch) == numbered(*range(30))


def credit_is_given_by_acknowledgements(channel):
    stream(channel, "credit")
    send(channel, "credit", *[b"%d" % number for number in range(6)])
    arrived = []
    reader = connection.channel()
    reader.basic_qos(prefetch_count=2)
    first = {"x-stream-offset": "first"}
    reader.basic_consume("credit", lambda _, method, *__: arrived.append(method.delivery_tag), arguments=first)
    eventually("two come", lambda: len(arrived) == 2)
    pass_time(channel, 50)
    assert len(arrived) == 2, "there was credit for two"
    reader.basic_ack(arrived[0])
    reader.basic_nack(arrived[1], requeue=True)
    eventually("two more come", lambda: len(arrived) == 4)
    reader.close()


def filters_leave_out_what_was_not_asked_for(channel):
    stream(channel, "colours")
    for number, colour in enumerate(["red", "blue", None, "red", "green"]):
        # Each is confirmed before the next comes: RabbitMQ leaves out whole chunks.
        headers = {"x-stream-filter-value": colour} if colour else {}
        send(channel, "colours", b"%d" % number, headers=headers)
    assert read("colours", 2, "first", stream_filter="red") == numbered(0, 3)
    assert read("colours", 3, "first", stream_filter=["red", "green"]) == numbered(0, 3, 4)
    assert read("colours", 2, "first", stream_filter="blue", stream_match_unfiltered=True) == numbered(1, 2)


def what_is_too_much_or_too_old_goes(channel):
    stream(channel, "much", max_length_bytes=50_000, stream_max_segment_size_bytes=10_000)
    stream(channel, "old", max_age="1s", stream_max_segment_size_bytes=10_000)
    for name in ["much", "old"]:
        send(channel, name, *[b"%-1000d" % number for number in range(100)])

    def begins(name):
        # A reader may be left behind in a segment that goes.
        try:
            return int(read(name, 1, "first")[0][1])
        except AssertionError:
            return 0

    eventually("the front of what is too much is gone", lambda: begins("much") > 30)
    # RabbitMQ looks at the age when a segment is full.
    pass_time(channel, 1100)
    send(channel, "old", *[b"%-1000d" % number for number in range(100, 130)])
    eventually("the front of what is too old is gone", lambda: begins("old") > 50)
    assert read("much", 1, 0)[0][0] > 30, "who wants what is gone begins with what is there"


def what_a_stream_does_not_do_is_refused(channel):
    stream(channel, "log")
    text = "PRECONDITION_FAILED - consumer prefetch count is not set for stream queue 'log' in vhost '/'"
    refused(406, text, lambda c: c.basic_consume("log", print))

    def consume(c, auto_ack=False, **arguments):
        c.basic_qos(prefetch_count=5)
        named = {"x-" + key.replace("_", "-"): value for key, value in arguments.items()}
        c.basic_consume("log", print, auto_ack=auto_ack, arguments=named)

    text = "NOT_IMPLEMENTED - automatic acknowledgement not supported by stream queue 'log' in vhost '/'"
    fatal(540, text, lambda c: consume(c, auto_ack=True))
    for offset in ["soon", "5", "1.5h"]:
        why = f'{{invalid_stream_offset_arg,{{longstr,<<"{offset}">>}}}}'
        text = f"PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue 'log' in vhost '/': {why}"
        refused(406, text, lambda c: consume(c, stream_offset=offset))
    refused(406, not_of_kind("x-priority", "log", "stream"), lambda c: consume(c, priority=5))
    for method, action in [("basic.get", lambda c: c.basic_get("log")), ("queue.purge", lambda c: c.queue_purge("log"))]:
        text = f"NOT_IMPLEMENTED - {method} not supported by stream queues queue 'log' in vhost '/'"
        fatal(540, text, action)
    kind = {"x-queue-type": "stream"}
    for flags, name in [({}, "non-durable"), ({"durable": True, "exclusive": True}, "exclusive-owner")]:
        text = f"PRECONDITION_FAILED - invalid property '{name}' for queue 'bad' in vhost '/'"
        refused(406, text, lambda c: c.queue_declare("bad", arguments=kind, **flags))
    for argument, value in [("message_ttl", 5), ("max_length", 5), ("overflow", "drop-head"), ("single_active_consumer", True)]:
        text = not_of_kind("x-" + argument.replace("_", "-"), "bad", "stream")
        refused(406, text, declares("bad", "stream", **{argument: value}))
    refused(406, not_as_said("x-max-age", "bad", "invalid_max_age"), declares("bad", "stream", max_age="1w"))
    text = "PRECONDITION_FAILED - Exceeded max value for x-stream-max-segment-size-bytes"
    refused(406, text, declares("bad", "stream", stream_max_segment_size_bytes=3_000_000_001))
    text = "PRECONDITION_FAILED - Invalid value for x-stream-filter-size-bytes"
    refused(406, text, declares("bad", "stream", stream_filter_size_bytes=8))


go(
    readers_begin_where_they_want,
    readers_do_not_take_anything_from_each_other,
    credit_is_given_by_acknowledgements,
    filters_leave_out_what_was_not_asked_for,
    what_is_too_much_or_too_old_goes,
    what_a_stream_does_not_do_is_refused,
)
