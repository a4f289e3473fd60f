"""A publisher while the broker is short of memory or disk. Whoever runs this makes it so once `ready` is printed, and ends it
once `blocked: REASON` is; then `unblocked` is printed, and last of all what became of the messages."""
import time

from trips import *

LIMIT = 60


def wait(holds):
    """Waits until something holds, with a limit, and lets the connection tell what it hears."""
    until = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < until, "nothing was told"
        connection.process_data_events(time_limit=0.05)


told, over = [], []
connection.add_on_connection_blocked_callback(lambda _, frame: told.append(frame.method.reason))
connection.add_on_connection_unblocked_callback(lambda *_: over.append(True))
channel = connection.channel()
queue(channel, "flow")
print("ready")


def publish_until_told():
    channel.basic_publish("", "flow", b"before")
    return told


wait(publish_until_told)
print(f"blocked: {told[0]}")

# Who does not publish is served: what came before is consumed.
other = connect()
reading = other.channel()
arrived = []


def read():
    """Whether there was a message, which is gone then."""
    method, _, body = reading.basic_get("flow", auto_ack=True)
    arrived.append(body)
    return method is not None


while read():
    pass
for _ in range(10):
    channel.basic_publish("", "flow", b"held back")
# A client may give up after a while.
impatient = connect(blocked_connection_timeout=0.2)
try:
    giving_up = impatient.channel()
    while True:
        giving_up.basic_publish("", "flow", b"impatient")
        impatient.process_data_events(time_limit=0.05)
except pika.exceptions.ConnectionBlockedTimeout:
    print("gave up")
while read():
    pass
assert not over and b"before" in arrived and b"held back" not in arrived, "something came through"
print("held back")

wait(lambda: over)
print("unblocked")
wait(lambda: read() and arrived.count(b"held back") == 10)
channel.confirm_delivery()
send(channel, "flow", b"after")
print("done")
connection.close()
