"""Quorum queues on one node: deliveries that fail are counted, and some things they do not do."""
from trips import *


def counts(properties):
    """How often a message was delivered in vain, and how often it came back."""
    headers = properties.headers or {}
    return headers.get("x-delivery-count"), headers.get("x-acquired-count")


def failed_deliveries_are_counted_up_to_the_limit(channel):
    queue(channel, "poisoned")
    queue(channel, "tasks", queue_type="quorum", delivery_limit=2, **dead_to("poisoned"))
    send(channel, "tasks", b"poison")
    seen = []
    for _ in range(3):
        method, properties, _ = got(channel, "tasks")
        seen.append((method.redelivered, *counts(properties)))
        channel.basic_reject(method.delivery_tag, requeue=True)
    assert seen == [(False, None, None), (True, 1, 1), (True, 2, 2)], seen
    assert letter(channel, "poisoned")[1] == [("tasks", "delivery_limit", 1)]


def twenty_is_the_limit_of_those_that_say_nothing(channel):
    queue(channel, "given.up")
    queue(channel, "default", queue_type="quorum", **dead_to("given.up"))
    send(channel, "default", b"")
    for _ in range(21):
        channel.basic_reject(got(channel, "default")[0].delivery_tag, requeue=True)
    assert letter(channel, "given.up")[1] == [("default", "delivery_limit", 1)]


def without_a_limit_there_is_none(channel):
    queue(channel, "endless", queue_type="quorum", delivery_limit=-1)
    send(channel, "endless", b"")
    for _ in range(25):
        channel.basic_reject(got(channel, "endless")[0].delivery_tag, requeue=True)
    assert got(channel, "endless")[1].headers["x-delivery-count"] == 25


def a_consumer_that_goes_has_failed_too(channel):
    queue(channel, "left", queue_type="quorum")
    send(channel, "left", b"")
    other = connect()
    deliveries_of = other.channel()
    eventually("it is fetched", lambda: deliveries_of.basic_get("left")[0] is not None)
    other.close()
    _, properties, _ = got(channel, "left")
    assert counts(properties) == (1, 1), properties


def where_and_how_many_is_accepted_and_shown(channel):
    queue(channel, "placed", queue_type="quorum", queue_leader_locator="balanced", quorum_initial_group_size=1)
    queue(channel, "placed", queue_type="quorum", queue_leader_locator="balanced", quorum_initial_group_size=1)


def what_it_does_not_do_is_refused(channel):
    kind = {"x-queue-type": "quorum"}
    for flags, name in [
        ({}, "non-durable"),
        ({"durable": True, "exclusive": True}, "exclusive-owner"),
        ({"durable": True, "auto_delete": True}, "auto-delete"),
    ]:
        text = f"PRECONDITION_FAILED - invalid property '{name}' for queue 'bad' in vhost '/'"
        refused(406, text, lambda c: c.queue_declare("bad", arguments=kind, **flags))
    text = "PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_quorum_queue"
    refused(406, text, lambda c: c.queue_declare("", durable=True, arguments=kind))
    for argument, value in [("max_priority", 5), ("queue_mode", "lazy"), ("max_age", "1h")]:
        text = not_of_kind("x-" + argument.replace("_", "-"), "bad", "quorum")
        refused(406, text, declares("bad", "quorum", **{argument: value}))
    for argument, value, reason in [
        ("quorum_initial_group_size", 0, "{value_zero,0}"),
        ("queue_leader_locator", "nowhere", "invalid_queue_locator_arg"),
        ("dead_letter_strategy", "often", "invalid_dlx_strategy"),
    ]:
        text = not_as_said("x-" + argument.replace("_", "-"), "bad", reason)
        refused(406, text, declares("bad", "quorum", **{argument: value}))
    refused(406, not_of_kind("x-delivery-limit", "bad", "classic"), declares("bad", delivery_limit=3))
    queue(channel, "classic")
    text = (
        "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'classic' in vhost '/': received 'quorum' but "
        "current is 'classic'"
    )
    refused(406, text, declares("classic", "quorum"))


go(
    failed_deliveries_are_counted_up_to_the_limit,
    twenty_is_the_limit_of_those_that_say_nothing,
    without_a_limit_there_is_none,
    a_consumer_that_goes_has_failed_too,
    where_and_how_many_is_accepted_and_shown,
    what_it_does_not_do_is_refused,
)
