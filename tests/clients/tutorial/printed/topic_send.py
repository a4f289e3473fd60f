import sys
import pika
credentials = pika.PlainCredentials("root","123")
connection = pika.BlockingConnection(pika.ConnectionParameters('localhost',credentials=credentials))
channel = connection.channel()
channel.exchange_declare(exchange='m3',exchange_type='topic')
for routing_key in sys.argv[1:]:
    channel.basic_publish(exchange='m3',routing_key=routing_key,body='to ' + routing_key)
connection.close()
