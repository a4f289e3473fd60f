# -*- coding: utf-8 -*-
# __author__ = "yugo"
import pika
credentials = pika.PlainCredentials("root","123")
connection = pika.BlockingConnection(pika.ConnectionParameters('123.206.16.61',credentials=credentials))
channel = connection.channel()
# 路由模式的交换机会发送给绑定的key和routing_key匹配的队列
channel.exchange_declare(exchange='m2',exchange_type='direct')
# 发送消息，给有关sb的路由关键字
channel.basic_publish(exchange='m2',
                      routing_key='sb',
                      body='aaaalexlaolelaodi')
connection.close()
