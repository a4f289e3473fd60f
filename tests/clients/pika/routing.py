"""The ways of messages: alternate exchanges, exchanges bound to exchanges, copies, direct replies, who may publish."""
from trips import *


def what_leads_nowhere_goes_to_the_alternate_exchange(channel):
    channel.exchange_declare("last.resort", "fanout", durable=True)
    channel.exchange_declare("else", "direct", durable=True, arguments={"alternate-exchange": "last.resort"})
    channel.exchange_declare("main", "direct", durable=True, arguments={"alternate-exchange": "else"})
    for name, exchange, key in [("known", "main", "known"), ("other", "else", "other"), ("lost", "last.resort", "")]:
        queue(channel, name)
        channel.queue_bind(name, exchange, key)
    for key in ["known", "other", "neither"]:
        channel.basic_publish("main", key, key.encode(), mandatory=True)
    assert [taken(channel, name, 1) for name in ["known", "other", "lost"]] == [[b"known"], [b"other"], [b"neither"]]
    channel.exchange_declare("gone", "fanout", durable=True, arguments={"alternate-exchange": "nowhere"})
    try:
        channel.basic_publish("gone", "", b"", mandatory=True)
        raise AssertionError("it was routed")
    except pika.exceptions.UnroutableError as error:
        [returned] = error.messages
        assert (returned.method.reply_code, returned.method.reply_text) == (312, "NO_ROUTE"), returned
    text = "PRECONDITION_FAILED - invalid type 'signedint' for arg 'alternate-exchange' in exchange 'bad' in vhost '/'"
    refused(406, text, lambda c: c.exchange_declare("bad", "fanout", arguments={"alternate-exchange": 5}))
    text = (
        "PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'main' in vhost '/': received 'known' but "
        "current is 'else'"
    )
    again = {"durable": True, "arguments": {"alternate-exchange": "known"}}
    refused(406, text, lambda c: c.exchange_declare("main", "direct", **again))


def circles_of_exchanges_are_walked_once(channel):
    for name in ["one", "two", "three"]:
        channel.exchange_declare(name, "fanout", durable=True)
        queue(channel, f"at.{name}")
        channel.queue_bind(f"at.{name}", name)
    for source, destination in [("one", "two"), ("two", "three"), ("three", "one"), ("one", "one"), ("one", "three")]:
        channel.exchange_bind(destination, source)
    send(channel, "", b"round", exchange="two")
    for name in ["one", "two", "three"]:
        assert taken(channel, f"at.{name}", 1) == [b"round"]
        assert ready(channel, f"at.{name}") == 0
    channel.exchange_unbind("three", "two")
    refused(404, "NOT_FOUND - no exchange 'none' in vhost '/'", lambda c: c.exchange_bind("none", "one"))
    refused(404, "NOT_FOUND - no exchange 'none' in vhost '/'", lambda c: c.exchange_bind("one", "none"))
    text = "ACCESS_REFUSED - operation not permitted on the default exchange"
    refused(403, text, lambda c: c.exchange_bind("", "one"))
    refused(403, text, lambda c: c.queue_bind("at.one", "", "key"))


def messages_have_more_keys_in_their_headers(channel):
    for name in ["to", "cc", "bcc"]:
        queue(channel, name)
    send(channel, "to", b"all", headers={"CC": ["cc", "to"], "BCC": ["bcc", 5]})
    for name in ["to", "cc", "bcc"]:
        [(method, properties, _)] = deliveries(channel, name, 1, auto_ack=True)
        assert (method.routing_key, properties.headers) == ("to", {"CC": ["cc", "to"]}), properties
        assert ready(channel, name) == 0, "each queue once"

    def publish(c, header):
        c.confirm_delivery()
        send(c, "to", b"", headers={header: "cc"})

    for header in ["CC", "BCC"]:
        text = f'PRECONDITION_FAILED - invalid message: {{unacceptable_type_in_header,"{header}",longstr}}'
        refused(406, text, lambda c: publish(c, header))


REPLIES = "amq.rabbitmq.reply-to"


def replies_need_no_queue(channel):
    queue(channel, "requests")
    client, server = connection.channel(), connection.channel()
    answers = []
    client.basic_consume(REPLIES, lambda *delivery: answers.append(delivery[1:]), auto_ack=True)
    client.basic_publish("", "requests", b"question", Properties(reply_to=REPLIES))
    [(_, request, _)] = deliveries(server, "requests", 1, auto_ack=True)
    assert request.reply_to.startswith(REPLIES + "."), request
    server.queue_declare(request.reply_to, passive=True)
    server.basic_publish("", request.reply_to, b"answer")
    eventually("the answer comes", lambda: len(answers) == 1)
    assert answers[0][0].routing_key == request.reply_to and answers[0][2] == b"answer", answers
    text = "ACCESS_REFUSED - cannot bind or unbind to a volatile (direct reply-to) queue"
    refused(403, text, lambda c: c.queue_bind(request.reply_to, "amq.fanout"))
    refused(406, "PRECONDITION_FAILED - reply consumer cannot acknowledge", lambda c: c.basic_consume(REPLIES, print))

    def twice(c):
        for _ in range(2):
            c.basic_consume(REPLIES, print, auto_ack=True)

    refused(406, "PRECONDITION_FAILED - reply consumer already set", twice)

    def ask_without(c):
        c.confirm_delivery()
        send(c, "requests", b"", reply_to=REPLIES)

    refused(406, "PRECONDITION_FAILED - fast reply consumer does not exist", ask_without)
    client.close()
    # Nobody is there any more: the answer is dropped.
    send(channel, request.reply_to, b"late")
    text = f"NOT_FOUND - no queue '{request.reply_to}' in vhost '/'"
    refused(404, text, lambda c: c.queue_declare(request.reply_to, passive=True))


def internal_exchanges_are_reached_through_others_alone(channel):
    channel.exchange_declare("inside", "topic", durable=True, internal=True)
    channel.exchange_declare("outside", "topic", durable=True)
    channel.exchange_bind("inside", "outside", "in.#")
    queue(channel, "within")
    channel.queue_bind("within", "inside", "#.here")
    send(channel, "in.here", b"through", exchange="outside")
    assert taken(channel, "within", 1) == [b"through"]

    def publish(c):
        c.confirm_delivery()
        send(c, "", b"", exchange="inside")

    refused(403, "ACCESS_REFUSED - cannot publish to internal exchange 'inside' in vhost '/'", publish)


def nobody_publishes_in_anothers_name(channel):
    queue(channel, "signed")
    send(channel, "signed", b"", user_id="guest")
    [(_, properties, _)] = deliveries(channel, "signed", 1, auto_ack=True)
    assert properties.user_id == "guest"

    def publish(c):
        c.confirm_delivery()
        send(c, "signed", b"", user_id="nobody")

    text = "PRECONDITION_FAILED - user_id property set to 'nobody' but authenticated user was 'guest'"
    refused(406, text, publish)


def binding_keys_are_as_long_as_names_can_be(channel):
    queue(channel, "long")
    for exchange, key in [("amq.topic", "a." * 127 + "b"), ("amq.direct", "k" * 255), ("amq.topic", "*." * 127 + "#")]:
        channel.queue_bind("long", exchange, key)
    send(channel, "a." * 127 + "b", b"words", exchange="amq.topic")
    send(channel, "k" * 255, b"letters", exchange="amq.direct")
    assert taken(channel, "long", 2) == [b"words", b"letters"]
    # A client cannot even say a longer one: the length is one octet.
    try:
        connect().channel().queue_bind("long", "amq.direct", "k" * 256)
        raise AssertionError("it was sent")
    except pika.exceptions.ShortStringTooLong:
        pass
    for arguments, text in [
        ({"x-match": "some"}, 'field value <<"some">>; expected all, any, all-with-x, or any-with-x'),
        ({"x-match": 1}, "field type signedint (value 1); expected longstr"),
    ]:
        bind = lambda c: c.queue_bind("long", "amq.headers", "", arguments)
        refused(406, f"PRECONDITION_FAILED - Invalid x-match {text}", bind)


go(
    what_leads_nowhere_goes_to_the_alternate_exchange,
    circles_of_exchanges_are_walked_once,
    messages_have_more_keys_in_their_headers,
    replies_need_no_queue,
    internal_exchanges_are_reached_through_others_alone,
    nobody_publishes_in_anothers_name,
    binding_keys_are_as_long_as_names_can_be,
)
