import json
import sys
import pika
credentials = pika.PlainCredentials("root","123")
connection = pika.BlockingConnection(pika.ConnectionParameters('localhost',credentials=credentials))
channel = connection.channel()
channel.exchange_declare(exchange='m4',exchange_type='headers')
result = channel.queue_declare(queue='',exclusive=True)
queue_name = result.method.queue
channel.queue_bind(exchange='m4',queue=queue_name,routing_key='',arguments=json.loads(sys.argv[1]))
def callback(ch, method, properties, body):
    print("%s: %r" % (json.dumps(properties.headers, sort_keys=True), body))
channel.basic_consume(queue=queue_name,on_message_callback=callback,auto_ack=True)
channel.start_consuming()
