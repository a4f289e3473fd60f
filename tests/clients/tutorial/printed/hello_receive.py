import pika
# 建立与rabbitmq的连接
credentials = pika.PlainCredentials("root","123")
connection = pika.BlockingConnection(pika.ConnectionParameters('123.206.16.61',credentials=credentials))
channel = connection.channel()
channel.queue_declare(queue="oldboypython")
def callbak(ch,method,properties,body):
    print("消费者接收到了任务：%r"%body)
# 有消息来临，立即执行callbak，没有消息则夯住，等待消息
channel.basic_consume(callbak,queue="oldboypython",no_ack=True)
# 开始消费，接收消息
channel.start_consuming()
