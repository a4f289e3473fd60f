"""Dead letters: where they go, what they say of their past, and when they go round in circles."""
import datetime
import sys

from trips import *


def retries(channel):
    queue(channel, "work", **dead_to("wait"))
    queue(channel, "wait", message_ttl=30, **dead_to("work"))
    send(channel, "work", b"job", delivery_mode=2, headers={"kind": "job"})
    for rounds in range(3):
        [(method, properties, body)] = deliveries(channel, "work", 1)
        deaths = properties.headers.get("x-death", [])
        told = [(death["queue"], death["reason"], death["count"]) for death in deaths]
        assert told == ([("wait", "expired", rounds), ("work", "rejected", rounds)] if rounds else []), told
        assert all(isinstance(death["time"], datetime.datetime) for death in deaths), deaths
        assert (body, properties.headers["kind"], properties.delivery_mode) == (b"job", "job", 2)
        channel.basic_nack(method.delivery_tag, requeue=False)


def every_reason_is_told(channel):
    queue(channel, "letters")
    queue(channel, "limited", max_length=0, **dead_to("letters"))
    queue(channel, "brief", message_ttl=10, **dead_to("letters"))
    queue(channel, "refusing", **dead_to("letters"))
    queue(channel, "poisoned", queue_type="quorum", delivery_limit=0, **dead_to("letters"))
    for name, reason in [("limited", "maxlen"), ("brief", "expired"), ("refusing", "rejected"), ("poisoned", "delivery_limit")]:
        send(channel, name, b"")
        if reason in ["rejected", "delivery_limit"]:
            channel.basic_reject(got(channel, name)[0].delivery_tag, requeue=reason == "delivery_limit")
        properties, deaths = letter(channel, "letters")
        headers = properties.headers
        assert deaths == [(name, reason, 1)], deaths
        [death] = headers["x-death"]
        assert (death["exchange"], death["routing-keys"]) == ("", [name]), death
        for which in ["first", "last"]:
            told = [headers[f"x-{which}-death-{what}"] for what in ["queue", "reason", "exchange"]]
            assert told == [name, reason, ""], told


def first_and_last_death_are_told(channel):
    queue(channel, "end")
    queue(channel, "second", max_length=0, **dead_to("end"))
    queue(channel, "first", message_ttl=10, **dead_to("second"))
    send(channel, "first", b"")
    properties, deaths = letter(channel, "end")
    assert deaths == [("second", "maxlen", 1), ("first", "expired", 1)], deaths
    told = [properties.headers[f"x-{which}-death-{what}"] for which in ["first", "last"] for what in ["queue", "reason"]]
    assert told == ["first", "expired", "second", "maxlen"], told


def a_circle_of_its_own_ends(channel):
    channel.exchange_declare("round", "fanout", durable=True)
    queue(channel, "there", message_ttl=10, dead_letter_exchange="round")
    queue(channel, "back", message_ttl=10, **dead_to("there"))
    queue(channel, "witness")
    for name in ["back", "witness"]:
        channel.queue_bind(name, "round")
    send(channel, "there", b"")
    assert letter(channel, "witness")[1] == [("there", "expired", 1)]
    # From `back` it would come to `there` a second time, and nobody has rejected it since.
    pass_time(channel, 100)
    assert [ready(channel, name) for name in ["there", "back", "witness"]] == [0, 0, 0]


def copies_go_along(channel):
    channel.exchange_declare("by.key", "direct", durable=True)
    queue(channel, "original", max_length=0, dead_letter_exchange="by.key")
    for key in ["original", "shown", "blind"]:
        queue(channel, f"of.{key}")
        channel.queue_bind(f"of.{key}", "by.key", key)
    send(channel, "original", b"", headers={"CC": ["shown"], "BCC": ["blind"]})
    for key in ["original", "shown", "blind"]:
        properties, _ = letter(channel, f"of.{key}")
        assert properties.headers["CC"] == ["shown"] and "BCC" not in properties.headers, properties
        assert properties.headers["x-death"][0]["routing-keys"] == ["original", "shown"], properties


def what_clients_say_of_deaths_counts_for_nothing(channel):
    queue(channel, "letters")
    queue(channel, "brief", message_ttl=10, **dead_to("letters"))
    send(channel, "brief", b"")
    properties, _ = letter(channel, "letters")
    channel.basic_publish("", "brief", b"again", properties)
    assert letter(channel, "letters")[1] == [("brief", "expired", 1)]


def without_a_place_to_go_they_are_gone(channel):
    queue(channel, "lost", dead_letter_exchange="nowhere")
    send(channel, "lost", b"")
    channel.basic_reject(got(channel, "lost")[0].delivery_tag, requeue=False)
    assert ready(channel, "lost") == 0


CAREFUL = {"queue_type": "quorum", "overflow": "reject-publish", "dead_letter_strategy": "at-least-once"}


def at_least_once_they_arrive(channel):
    queue(channel, "safe")
    queue(channel, "careful", message_ttl=10, **CAREFUL, **dead_to("safe"))
    send(channel, "careful", b"1", b"2")
    for _, properties, _ in deliveries(channel, "safe", 2, auto_ack=True):
        [death] = properties.headers["x-death"]
        assert (death["queue"], death["reason"], death["count"]) == ("careful", "expired", 1), death


def at_least_once_they_wait_for_a_place(channel):
    queue(channel, "waiting", **CAREFUL, **dead_to("comes.later"))
    send(channel, "waiting", b"kept")
    channel.basic_reject(got(channel, "waiting")[0].delivery_tag, requeue=False)
    # There was no queue for the dead letter until now. RabbitMQ tries again after three minutes.
    queue(channel, "comes.later")
    assert letter(channel, "comes.later")[1] == [("waiting", "rejected", 1)]


def what_cannot_be_is_refused(channel):
    reason = "routing_key_but_no_dlx_defined"
    refused(406, not_as_said("x-dead-letter-routing-key", "bad", reason), declares("bad", dead_letter_routing_key="k"))
    text = "PRECONDITION_FAILED - invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue 'bad' in vhost '/'"
    refused(406, text, declares("bad", dead_letter_exchange=5))
    classic = not_of_kind("x-dead-letter-strategy", "bad", "classic")
    refused(406, classic, declares("bad", dead_letter_strategy="at-least-once"))
    reason = not_as_said("x-dead-letter-strategy", "bad", "invalid_dlx_strategy")
    refused(406, reason, declares("bad", "quorum", dead_letter_strategy="often"))
    queue(channel, "settled", dead_letter_exchange="one")
    text = "PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-exchange' for queue 'settled' in vhost '/': received 'two' but current is 'one'"
    refused(406, text, declares("settled", dead_letter_exchange="two"))


trips = [
    retries,
    every_reason_is_told,
    first_and_last_death_are_told,
    a_circle_of_its_own_ends,
    copies_go_along,
    what_clients_say_of_deaths_counts_for_nothing,
    without_a_place_to_go_they_are_gone,
    at_least_once_they_arrive,
    what_cannot_be_is_refused,
]
if "soon" in sys.argv:
    trips.append(at_least_once_they_wait_for_a_place)
go(*trips)
