//! An AMQP client that fills a node: queues, exchanges, bindings, messages, consumers.

use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ExchangeBindOptions, ExchangeDeclareOptions,
    QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer, ExchangeKind};
use tokio::runtime::Runtime;

use crate::node::Node;

/// A connection with one channel; it stays open as long as this lives.
pub struct Client {
    runtime: Runtime,
    _connection: Connection,
    channel: Channel,
    consumers: Vec<Consumer>,
}

/// Arguments of a declaration.
pub fn arguments(pairs: &[(&str, AMQPValue)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (key, value) in pairs {
        table.insert((*key).into(), value.clone());
    }
    table
}

impl Client {
    /// Connects as the guest to `/`.
    pub fn connect(node: &Node) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let uri = format!("amqp://guest:guest@{}/%2f", node.field("amqp"));
        let (connection, channel) = runtime.block_on(async {
            let properties = ConnectionProperties::default().with_connection_name("seeder".into());
            let connection = Connection::connect(&uri, properties).await.unwrap();
            let channel = connection.create_channel().await.unwrap();
            (connection, channel)
        });
        Self { runtime, _connection: connection, channel, consumers: Vec::new() }
    }

    /// Declares a durable queue.
    pub fn queue(&self, name: &str, arguments: FieldTable) {
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        self.runtime.block_on(self.channel.queue_declare(name.into(), options, arguments)).unwrap();
    }

    /// Declares a durable exchange.
    pub fn exchange(&self, name: &str, kind: ExchangeKind, arguments: FieldTable) {
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        self.runtime.block_on(self.channel.exchange_declare(name.into(), kind, options, arguments)).unwrap();
    }

    /// Binds a queue.
    pub fn bind(&self, queue: &str, exchange: &str, key: &str, arguments: FieldTable) {
        let options = QueueBindOptions::default();
        let bound = self.channel.queue_bind(queue.into(), exchange.into(), key.into(), options, arguments);
        self.runtime.block_on(bound).unwrap();
    }

    /// Binds an exchange.
    pub fn bind_exchange(&self, destination: &str, source: &str, key: &str) {
        let options = ExchangeBindOptions::default();
        let bound = self.channel.exchange_bind(
            destination.into(),
            source.into(),
            key.into(),
            options,
            FieldTable::default(),
        );
        self.runtime.block_on(bound).unwrap();
    }

    /// Publishes messages to a queue. They have arrived when the next call of this client has returned.
    pub fn publish(&self, queue: &str, count: usize) {
        self.runtime.block_on(async {
            for _ in 0..count {
                let options = BasicPublishOptions::default();
                let sent = self.channel.basic_publish(
                    "".into(),
                    queue.into(),
                    options,
                    b"body",
                    BasicProperties::default(),
                );
                sent.await.unwrap();
            }
        });
        self.channel_round_trip();
    }

    /// Consumes with a prefetch limit, and takes that many messages without acknowledging them.
    pub fn consume(&mut self, queue: &str, tag: &str, prefetch: u16, arguments: FieldTable) {
        use futures_util::StreamExt;
        let consumer = self.runtime.block_on(async {
            self.channel.basic_qos(prefetch, BasicQosOptions::default()).await.unwrap();
            let consumed = self.channel.basic_consume(
                queue.into(),
                tag.into(),
                BasicConsumeOptions::default(),
                arguments,
            );
            let mut consumer = consumed.await.unwrap();
            for _ in 0..prefetch {
                consumer.next().await.unwrap().unwrap();
            }
            consumer
        });
        self.consumers.push(consumer);
    }

    /// The server handles a channel's methods in order: an answer to this means that those before it are done.
    fn channel_round_trip(&self) {
        self.runtime.block_on(self.channel.basic_qos(0, BasicQosOptions::default())).unwrap();
    }
}
