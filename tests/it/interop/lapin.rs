//! Rust's lapin.

use futures_util::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions,
    BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};

use crate::harness::Broker;

/// A broker, a connection and a channel, for `trip` to use on a runtime of its own.
fn round_trip<F: Future<Output = ()>>(trip: impl FnOnce(Connection, Channel) -> F) {
    let broker = Broker::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let connection = Connection::connect(&broker.uri(), ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        tokio::time::timeout(std::time::Duration::from_secs(60), trip(connection, channel)).await.unwrap();
    });
}

async fn exclusive_queue(channel: &Channel) -> lapin::types::ShortString {
    let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare("".into(), options, FieldTable::default()).await.unwrap().name().clone()
}

async fn publish(
    channel: &Channel,
    exchange: &str,
    key: &str,
    mandatory: bool,
    body: &[u8],
) -> lapin::Confirmation {
    let options = BasicPublishOptions { mandatory, ..BasicPublishOptions::default() };
    let properties = BasicProperties::default().with_content_type("text/plain".into());
    let confirm =
        channel.basic_publish(exchange.into(), key.into(), options, body, properties).await.unwrap();
    confirm.await.unwrap()
}

async fn consume(channel: &Channel, queue: &str) -> Consumer {
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    channel.basic_consume(queue.into(), "".into(), options, arguments).await.unwrap()
}

/// Reply code that the server gave an error.
#[track_caller]
fn code(error: &lapin::Error) -> u16 {
    match error.kind() {
        lapin::ErrorKind::ProtocolError(error) => error.get_id(),
        other => panic!("not an error of the server: {other:?}"),
    }
}

#[test]
fn publish_and_consume() {
    round_trip(|_connection, channel| async move {
        let queue = exclusive_queue(&channel).await;
        assert!(queue.as_str().starts_with("amq.gen-"), "{queue}");
        let mut consumer = consume(&channel, queue.as_str()).await;
        let mut headers = FieldTable::default();
        headers.insert("number".into(), AMQPValue::LongLongInt(-7));
        headers.insert("double".into(), AMQPValue::Double(1.5));
        let properties =
            BasicProperties::default().with_headers(headers.clone()).with_priority(4).with_timestamp(17);
        let options = BasicPublishOptions::default();
        let sent =
            channel.basic_publish("".into(), queue.clone(), options, b"hello", properties.clone()).await;
        assert_eq!(sent.unwrap().await.unwrap(), lapin::Confirmation::NotRequested);
        let delivery = consumer.next().await.unwrap().unwrap();
        assert_eq!(delivery.data, b"hello");
        assert_eq!((delivery.routing_key.clone(), delivery.redelivered), (queue, false));
        assert_eq!(delivery.properties, properties);
        delivery.ack(BasicAckOptions::default()).await.unwrap();
    });
}

#[test]
fn confirms_and_returns() {
    round_trip(|_connection, channel| async move {
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let queue = exclusive_queue(&channel).await;
        for number in 0..100u32 {
            let confirmation = publish(&channel, "", queue.as_str(), true, &number.to_be_bytes()).await;
            assert_eq!(confirmation, lapin::Confirmation::Ack(None));
        }
        let returned =
            publish(&channel, "", "nowhere", true, b"back").await.take_message().expect("returned");
        assert_eq!((returned.reply_code, returned.reply_text.as_str()), (312, "NO_ROUTE"));
        assert_eq!(
            (returned.delivery.routing_key.as_str(), &returned.delivery.data[..]),
            ("nowhere", &b"back"[..])
        );
        // Without the mandatory flag it is dropped, and confirmed all the same.
        assert_eq!(publish(&channel, "", "nowhere", false, b"").await, lapin::Confirmation::Ack(None));
        for number in 0..100u32 {
            let options = BasicGetOptions { no_ack: true };
            let got = channel.basic_get(queue.clone(), options).await.unwrap().expect("a message");
            assert_eq!(
                (got.delivery.data.clone(), got.message_count),
                (number.to_be_bytes().to_vec(), 99 - number)
            );
        }
    });
}

#[test]
fn exclusive_queues_are_their_connections_own() {
    let broker = Broker::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let connect =
            async || Connection::connect(&broker.uri(), ConnectionProperties::default()).await.unwrap();
        let (owner, stranger) = (connect().await, connect().await);
        let queue = exclusive_queue(&owner.create_channel().await.unwrap()).await;
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let channel = stranger.create_channel().await.unwrap();
        let refused = channel.queue_declare(queue.clone(), passive, FieldTable::default()).await.unwrap_err();
        assert_eq!(code(&refused), 405, "{refused}");
        owner.close(200, "".into()).await.unwrap();
        let channel = stranger.create_channel().await.unwrap();
        let gone = channel.queue_declare(queue, passive, FieldTable::default()).await.unwrap_err();
        assert_eq!(code(&gone), 404, "{gone}");
    });
}

#[test]
fn nacked_messages_come_again_in_order() {
    round_trip(|_connection, channel| async move {
        let queue = exclusive_queue(&channel).await;
        channel.basic_qos(10, BasicQosOptions::default()).await.unwrap();
        for text in ["a", "b", "c", "d"] {
            publish(&channel, "", queue.as_str(), false, text.as_bytes()).await;
        }
        let mut consumer = consume(&channel, queue.as_str()).await;
        let mut first = Vec::new();
        for text in ["a", "b", "c", "d"] {
            let delivery = consumer.next().await.unwrap().unwrap();
            assert_eq!((delivery.data.as_slice(), delivery.redelivered), (text.as_bytes(), false));
            first.push(delivery);
        }
        let all = BasicNackOptions { multiple: true, requeue: true };
        first[3].nack(all).await.unwrap();
        for text in ["a", "b", "c", "d"] {
            let delivery = consumer.next().await.unwrap().unwrap();
            assert_eq!((delivery.data.as_slice(), delivery.redelivered), (text.as_bytes(), true));
            delivery.ack(BasicAckOptions::default()).await.unwrap();
        }
        let options = QueueDeleteOptions { if_empty: true, ..QueueDeleteOptions::default() };
        assert_eq!(channel.queue_delete(queue, options).await.unwrap(), 0);
        // The server says that the consumer is no more.
        assert!(consumer.next().await.is_none());
    });
}

#[test]
fn many_messages_keep_their_order() {
    const COUNT: u32 = 20_000;
    round_trip(|connection, channel| async move {
        let queue = exclusive_queue(&channel).await;
        let mut consumer = consume(&channel, queue.as_str()).await;
        let publisher = connection.create_channel().await.unwrap();
        publisher.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let sender = async {
            for number in 0..COUNT {
                let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
                let body = number.to_be_bytes();
                let sent =
                    publisher.basic_publish("".into(), queue.clone(), options, &body, properties).await;
                drop(sent.unwrap());
            }
            assert!(publisher.wait_for_confirms().await.unwrap().is_empty());
        };
        let receiver = async {
            for number in 0..COUNT {
                let delivery = consumer.next().await.unwrap().unwrap();
                assert_eq!(delivery.data, number.to_be_bytes());
                if number % 100 == 99 {
                    delivery.ack(BasicAckOptions { multiple: true }).await.unwrap();
                }
            }
        };
        tokio::join!(sender, receiver);
    });
}

#[test]
fn streams_are_read_from_any_offset_as_often_as_wanted() {
    round_trip(|_connection, channel| async move {
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("stream".into()));
        channel.queue_declare("events".into(), options, arguments).await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        for number in 0..20u32 {
            publish(&channel, "", "events", true, &number.to_be_bytes()).await;
        }
        channel.basic_qos(3, BasicQosOptions::default()).await.unwrap();
        for first in [0, 0, 12u32] {
            let mut arguments = FieldTable::default();
            arguments.insert("x-stream-offset".into(), AMQPValue::LongLongInt(i64::from(first)));
            let options = BasicConsumeOptions::default();
            let mut consumer =
                channel.basic_consume("events".into(), "".into(), options, arguments).await.unwrap();
            for number in first..20 {
                let delivery = consumer.next().await.unwrap().unwrap();
                assert_eq!(delivery.data, number.to_be_bytes());
                let offset = AMQPValue::LongLongInt(i64::from(number));
                let headers = delivery.properties.headers().as_ref().unwrap();
                assert_eq!(headers.inner().get("x-stream-offset"), Some(&offset));
                delivery.ack(BasicAckOptions::default()).await.unwrap();
            }
        }
        let refused = channel.basic_get("events".into(), BasicGetOptions::default()).await.unwrap_err();
        assert_eq!(code(&refused), 540, "{refused}");
    });
}
