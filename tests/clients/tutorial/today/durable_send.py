import pika
# 无密码
# connection = pika.BlockingConnection(pika.ConnectionParameters('localhost'))
# 有密码
credentials = pika.PlainCredentials("root","123")
connection = pika.BlockingConnection(pika.ConnectionParameters('localhost',credentials=credentials))
channel = connection.channel()
# 声明一个队列(创建一个队列)
# 默认此队列不支持持久化，如果服务挂掉，数据丢失
# durable=True 开启持久化，必须新开启一个队列，原本的队列已经不支持持久化了
channel.queue_declare(queue='music',durable=True)
channel.basic_publish(exchange='',
                      routing_key='music', # 消息队列名称
                      body='haohaio4',
                      # 支持数据持久化
                      properties=pika.BasicProperties(
                          delivery_mode=2,
                      )
                      )
connection.close()
