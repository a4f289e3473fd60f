"""Makes the broker hold memory until this program ends: a transaction that is never committed, a little at a time, so that
no more is on its way than a socket takes."""
import pika

connection = pika.BlockingConnection(pika.ConnectionParameters(host="localhost"))
channel = connection.channel()
channel.tx_select()
for _ in range(10_000):
    channel.basic_publish("", "nobody", bytes(60_000))
    channel.basic_qos(prefetch_count=1)
