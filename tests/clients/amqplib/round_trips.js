// Publish, consume, confirm, return, exclusive, nack and cancel round trips with amqplib against the broker at AMQP_URI.
// Prints the name of each that went well; the first that does not ends the program with its error.
"use strict";

const assert = require("node:assert/strict");
const amqp = require("amqplib");

/** Resolves with the next delivery of a fresh consumer on `queue`, and leaves the consumer running. */
function consumer(channel, queue, options = {}) {
  const arrived = [];
  const waiting = [];
  const started = channel.consume(
    queue,
    (message) => {
      const next = waiting.shift();
      if (next) next(message);
      else arrived.push(message);
    },
    options,
  );
  return started.then(({ consumerTag }) => ({
    consumerTag,
    next: () => (arrived.length ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve))),
  }));
}

/** Resolves with the error that the server closes the channel with. */
function closed(channel) {
  return new Promise((resolve) => channel.once("error", resolve));
}

const trips = {
  async publish_and_consume(connection) {
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue("", { exclusive: true });
    const { next } = await consumer(channel, queue);
    const properties = {
      contentType: "text/plain",
      contentEncoding: "utf-8",
      headers: { text: "größer", number: 42, deep: { list: [1, "two", true, null] } },
      deliveryMode: 2,
      priority: 3,
      correlationId: "c-1",
      replyTo: "r-1",
      messageId: "m-1",
      timestamp: 1700000000,
      type: "greeting",
      appId: "round-trips",
    };
    channel.sendToQueue(queue, Buffer.from("hello"), properties);
    const message = await next();
    assert.equal(message.content.toString(), "hello");
    assert.equal(message.fields.routingKey, queue);
    assert.equal(message.fields.redelivered, false);
    for (const [name, value] of Object.entries(properties)) assert.deepEqual(message.properties[name], value, name);
    channel.ack(message);
    await channel.close();
  },

  async confirm(connection) {
    const channel = await connection.createConfirmChannel();
    const { queue } = await channel.assertQueue("", { exclusive: true });
    let confirmed = 0;
    for (let number = 0; number < 200; number += 1) {
      channel.sendToQueue(queue, Buffer.from(String(number)), {}, (error) => {
        assert.equal(error, null);
        confirmed += 1;
      });
    }
    await channel.waitForConfirms();
    assert.equal(confirmed, 200);
    assert.equal((await channel.checkQueue(queue)).messageCount, 200);
    for (let number = 0; number < 200; number += 1) {
      const message = await channel.get(queue, { noAck: true });
      assert.equal(message.content.toString(), String(number));
    }
    assert.equal(await channel.get(queue), false);
    await channel.close();
  },

  async returned(connection) {
    const channel = await connection.createConfirmChannel();
    const order = [];
    const returned = new Promise((resolve) => {
      channel.once("return", (message) => {
        order.push("return");
        resolve(message);
      });
    });
    channel.publish("amq.direct", "nowhere", Buffer.from("back"), { mandatory: true }, () => order.push("confirm"));
    const message = await returned;
    await channel.waitForConfirms();
    assert.equal(message.fields.replyCode, 312);
    assert.equal(message.fields.replyText, "NO_ROUTE");
    assert.equal(message.fields.exchange, "amq.direct");
    assert.equal(message.fields.routingKey, "nowhere");
    assert.equal(message.content.toString(), "back");
    assert.deepEqual(order, ["return", "confirm"]);
    await channel.close();
  },

  async exclusive(connection, other) {
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue("", { exclusive: true });
    const stranger = await other.createChannel();
    const error = closed(stranger);
    await assert.rejects(stranger.checkQueue(queue));
    assert.equal((await error).code, 405);
    const shared = await channel.assertQueue("shared", { autoDelete: true });
    await consumer(channel, shared.queue, { exclusive: true });
    const second = await other.createChannel();
    const refused = closed(second);
    await assert.rejects(consumer(second, shared.queue));
    assert.equal((await refused).code, 403);
    await channel.close();
  },

  async nack(connection) {
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue("", { exclusive: true });
    const { next } = await consumer(channel, queue);
    for (const text of ["a", "b", "c"]) channel.sendToQueue(queue, Buffer.from(text));
    const first = [await next(), await next(), await next()];
    assert.deepEqual(first.map((message) => message.content.toString()), ["a", "b", "c"]);
    channel.nack(first[2], true, true);
    const again = [await next(), await next(), await next()];
    assert.deepEqual(again.map((message) => message.content.toString()), ["a", "b", "c"]);
    assert.ok(again.every((message) => message.fields.redelivered));
    channel.nack(again[0], false, false);
    channel.reject(again[1], false);
    channel.ack(again[2]);
    assert.equal((await channel.checkQueue(queue)).messageCount, 0);
    await channel.close();
  },

  async cancelled_with_its_queue(connection) {
    const channel = await connection.createChannel();
    await channel.assertQueue("short-lived");
    const { next } = await consumer(channel, "short-lived");
    await channel.deleteQueue("short-lived");
    assert.equal(await next(), null);
    await channel.close();
  },

  async prefetch(connection) {
    const channel = await connection.createConfirmChannel();
    const { queue } = await channel.assertQueue("", { exclusive: true });
    for (let number = 0; number < 5; number += 1) channel.sendToQueue(queue, Buffer.from(String(number)));
    await channel.waitForConfirms();
    await channel.prefetch(2);
    const { next } = await consumer(channel, queue);
    let message = await next();
    await next();
    assert.equal((await channel.checkQueue(queue)).messageCount, 3);
    for (let number = 2; number < 5; number += 1) {
      channel.ack(message);
      message = await next();
      assert.equal(message.content.toString(), String(number));
    }
    await channel.close();
  },
};

async function main() {
  const connection = await amqp.connect(process.env.AMQP_URI);
  const other = await amqp.connect(process.env.AMQP_URI);
  for (const [name, trip] of Object.entries(trips)) {
    await trip(connection, other);
    console.log(name);
  }
  await other.close();
  await connection.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
