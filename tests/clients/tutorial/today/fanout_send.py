# -*- coding: utf-8 -*-
# __author__ = "yugo"
import pika
credentials = pika.PlainCredentials("root","123")
connection = pika.BlockingConnection(pika.ConnectionParameters('localhost',credentials=credentials))
channel = connection.channel()
# 指定exchange
channel.exchange_declare(exchange='m1',exchange_type='fanout')
channel.basic_publish(exchange='m1',
                      routing_key='',# 这里不再指定队列，由exchange分配,如果是fanout模式，每一个队列放一份
                      body='haohaio')
connection.close()
