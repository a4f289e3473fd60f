import pika
credentials = pika.PlainCredentials("root","123")
connection = pika.BlockingConnection(pika.ConnectionParameters('localhost',credentials=credentials))
channel = connection.channel()
# 声明一个队列(创建一个队列)
channel.queue_declare(queue='s13q2')
def callback(ch, method, properties, body):
    print("消费者接受到了任务: %r" % body)
    # int('asdfasdf')
    # 我告诉rabbitmq服务端，我已经取走了消息
    ch.basic_ack(delivery_tag=method.delivery_tag)
# 关闭auto_ack，给与服务端ack回复
channel.basic_consume(queue='s13q2',on_message_callback=callback,auto_ack=False)
channel.start_consuming()
