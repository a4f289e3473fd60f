import json
import sys
import pika
credentials = pika.PlainCredentials("root","123")
connection = pika.BlockingConnection(pika.ConnectionParameters('localhost',credentials=credentials))
channel = connection.channel()
channel.exchange_declare(exchange='m4',exchange_type='headers')
for headers in sys.argv[1:]:
    channel.basic_publish(exchange='m4',routing_key='',body='with headers',
                          properties=pika.BasicProperties(headers=json.loads(headers)))
connection.close()
