import sys
import pika
credentials = pika.PlainCredentials("root","123")
connection = pika.BlockingConnection(pika.ConnectionParameters('localhost',credentials=credentials))
channel = connection.channel()
channel.exchange_declare(exchange='m3',exchange_type='topic')
result = channel.queue_declare(exclusive=True)
queue_name = result.method.queue
for binding_key in sys.argv[1:]:
    channel.queue_bind(exchange='m3',queue=queue_name,routing_key=binding_key)
def callback(ch, method, properties, body):
    print("%s: %r" % (method.routing_key, body))
channel.basic_consume(callback,queue=queue_name,no_ack=True)
channel.start_consuming()
