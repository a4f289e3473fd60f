// Retries with dead letters, priorities, full queues and one active consumer with amqplib against the broker at AMQP_URI.
// Prints the name of each that went well; the first that does not ends the program with its error.
"use strict";

const assert = require("node:assert/strict");
const amqp = require("amqplib");

/** Resolves with a function that resolves with the next delivery of a fresh consumer on `queue`. */
async function deliveries(channel, queue, options = {}) {
  const arrived = [];
  const waiting = [];
  await channel.consume(
    queue,
    (message) => {
      const next = waiting.shift();
      if (next) next(message);
      else arrived.push(message);
    },
    options,
  );
  return () => (arrived.length ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve)));
}

const trips = {
  async retries(channel) {
    await channel.assertExchange("retry", "direct");
    await channel.assertQueue("work", { deadLetterExchange: "retry", deadLetterRoutingKey: "later" });
    await channel.assertQueue("wait", { deadLetterExchange: "", deadLetterRoutingKey: "work", messageTtl: 30 });
    await channel.bindQueue("wait", "retry", "later");
    const next = await deliveries(channel, "work");
    channel.sendToQueue("work", Buffer.from("job"), { persistent: true, headers: { kind: "job" } });
    for (let round = 0; round < 3; round += 1) {
      const message = await next();
      const deaths = (message.properties.headers["x-death"] || []).map(({ queue, reason, count }) => [queue, reason, count]);
      assert.deepEqual(deaths, round ? [["wait", "expired", round], ["work", "rejected", round]] : []);
      assert.equal(message.properties.headers.kind, "job");
      if (round < 2) channel.nack(message, false, false);
      else channel.ack(message);
    }
  },

  async priorities(channel) {
    await channel.assertQueue("ranked", { maxPriority: 9 });
    for (const priority of [1, 9, 5]) channel.sendToQueue("ranked", Buffer.from(String(priority)), { priority });
    await channel.waitForConfirms();
    const next = await deliveries(channel, "ranked", { noAck: true });
    const order = [(await next()), (await next()), (await next())].map((message) => message.content.toString());
    assert.deepEqual(order, ["9", "5", "1"]);
  },

  async a_full_queue_refuses(channel) {
    await channel.assertQueue("full", { maxLength: 1, arguments: { "x-overflow": "reject-publish" } });
    const publish = (text) =>
      new Promise((resolve) => channel.sendToQueue("full", Buffer.from(text), {}, (error) => resolve(!error)));
    assert.deepEqual([await publish("first"), await publish("second")], [true, false]);
  },

  async one_active_consumer(channel) {
    await channel.assertQueue("single", { arguments: { "x-single-active-consumer": true } });
    const first = await deliveries(channel, "single", { consumerTag: "first", noAck: true });
    const second = await deliveries(channel, "single", { consumerTag: "second", noAck: true });
    channel.sendToQueue("single", Buffer.from("one"));
    assert.equal((await first()).content.toString(), "one");
    await channel.cancel("first");
    channel.sendToQueue("single", Buffer.from("two"));
    assert.equal((await second()).content.toString(), "two");
  },
};

async function main() {
  const connection = await amqp.connect(process.env.AMQP_URI);
  for (const [name, trip] of Object.entries(trips)) {
    const channel = await connection.createConfirmChannel();
    await trip(channel);
    await channel.close();
    console.log(name);
  }
  await connection.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
