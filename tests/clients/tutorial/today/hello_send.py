#!/usr/bin/env python
import pika
# 创建凭证，使用rabbitmq用户密码登录
credentials = pika.PlainCredentials("root","123")
# 新建连接，这里localhost可以更换为服务器ip
connection = pika.BlockingConnection(pika.ConnectionParameters('localhost',credentials=credentials))
# 创建频道
channel = connection.channel()
# 新建一个hello队列，用于接收消息
channel.queue_declare(queue='oldboypython')
# 注意在rabbitmq中，消息想要发送给队列，必须经过交换(exchange)，初学可以使用空字符串交换(exchange='')，它允许我们精确的指定发送给哪个队列(routing_key=''),参数body值发送的数据
channel.basic_publish(exchange='',
                      routing_key='oldboypython',
                      body='msg6')
print("已经发送了消息")
# 程序退出前，确保刷新网络缓冲以及消息发送给rabbitmq，需要关闭本次连接
connection.close()
