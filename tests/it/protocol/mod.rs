//! AMQP 0-9-1 to the letter: what a server must do with each method, and with what a broken client sends. Reply codes and
//! texts are RabbitMQ's.

mod channels;
mod confirms;
mod connections;
mod consumers;
mod endings;
mod exchanges;
mod frames;
mod heartbeats;
mod messages;
mod permissions;
mod queues;
mod routing;
mod transactions;
