// What the tests of faults have in common.
import assert from 'node:assert/strict';
import { words } from './harness.mjs';
import { PATIENCE_MS } from './zaide.mjs';

/** The answer to /start. */
export const GREETING = /^Hi, I'm here/;
export const start = (customer) => customer.say('/start');

/** What a customer has read so far. */
export const texts = (customer) => customer.heard().map(words);
export const greetings = (customer) => texts(customer).filter((text) => GREETING.test(text)).length;

/** Everything that was said to the bot is confirmed. */
export const confirmed = ({ fake }) =>
  fake.waitFor(() => fake.queue({}).pending === 0, PATIENCE_MS, 'the confirmation');

/** The transcript of a customer's conversation, from Redis: [{ n, ... } | { mark, line ... }]. */
export async function transcript(stage, customer) {
  const redis = await stage.home.redis();
  const keys = await redis.call('KEYS', `zaide:*}:t:telegram:${stage.bot.id}:${customer.id}`);
  assert.equal(keys.length, 1);
  return (await redis.call('LRANGE', keys[0], 0, -1)).map((line) => JSON.parse(line));
}

/** How often staff were shown a text, over all topics. */
export const shown = (stage, text) =>
  stage.fake.truth().filter(
    (fact) => fact.out && fact.event === 'message' && fact.chat === stage.staff.id &&
      fact.text.includes(text),
  ).length;
