import pika
credentials = pika.PlainCredentials("root","123")
connection = pika.BlockingConnection(pika.ConnectionParameters('localhost',credentials=credentials))
channel = connection.channel()
# 声明一个队列(创建一个队列)
channel.queue_declare(queue='music',durable=True)
def callback(ch, method, properties, body):
    print("消费者接受到了任务: %r" % body)
    # 模拟代码报错
    # int('asdfasdf')
    # 此处报错，没有给予回复，保证客户端挂掉，数据不丢失
    # 告诉服务端，我已经取走了数据
    # ch.basic_ack(delivery_tag=method.delivery_tag)
# 关闭auto_ack，代表给与回复确认
channel.basic_consume(queue='music',on_message_callback=callback,auto_ack=False)
channel.start_consuming()
