// Telegram says "later": 429 for a chat, for the bot, for the staff group. The fake notes every
// call that is made too early, and `scene` asserts that there is none.
import assert from 'node:assert/strict';
import { GREETING, confirmed, greetings, start } from './faults.mjs';
import { UNKNOWN, scene, until, words } from './harness.mjs';
import { PATIENCE_MS } from './zaide.mjs';

scene('429 for a chat: obeyed to the second; other chats go on', {}, async (stage) => {
  const ann = stage.customer('Ann');
  const ben = stage.customer('Ben');
  stage.fake.addFault({ method: 'sendMessage', chat: ann.id, status: 429, retry_after: 4 });
  start(ann);
  const refused = await stage.fake.waitForCall({ chat: ann.id, ok: false, timeout_ms: 60_000 });
  start(ben);
  const other = await ben.hears(GREETING);
  const first = await ann.hears(GREETING);
  assert.ok(other.fact.seq < first.fact.seq, 'the other chat did not wait');
  const waited = first.fact.at - refused.at;
  assert.ok(waited >= 4000 && waited < 6000, `waited ${waited} ms`);
  assert.equal(greetings(ann), 1);
});

scene('429 for the whole bot: two chats at once mean all of them', {}, async (stage) => {
  const [ann, ben, cleo] = ['Ann', 'Ben', 'Cleo'].map((name) => stage.customer(name));
  const rule = { method: 'sendMessage', status: 429, retry_after: 4, whole_bot: true };
  stage.fake.addFault({ ...rule, chat: ann.id });
  stage.fake.addFault({ ...rule, chat: ben.id });
  start(ann);
  start(ben);
  const refused = () => stage.fake.calls({ method: 'sendMessage', ok: false });
  await stage.fake.waitFor(() => refused().length === 2, PATIENCE_MS, 'both refusals');
  start(cleo);
  for (const customer of [ann, ben, cleo]) {
    const { fact } = await customer.hears(GREETING);
    assert.ok(fact.at - refused()[0].at >= 4000, `${customer.name} was served too early`);
    assert.ok(fact.at - refused()[1].at < 6000, `${customer.name} was served too late`);
  }
  assert.equal(refused().length, 2);
});

scene('429 for the staff group and for a chat: both outlive a kill -9', {}, async (stage) => {
  const { fake, staff } = stage;
  await stage.posted({ topic: 0, text: 'Checked' });
  const [ann, ben, cleo] = ['Ann', 'Ben', 'Cleo'].map((name) => stage.customer(name));
  start(cleo);
  await cleo.hears(GREETING);
  fake.addFault({ method: 'createForumTopic', status: 429, retry_after: 5 });
  fake.addFault({ method: 'sendMessage', chat: cleo.id, status: 429, retry_after: 5 });
  ann.say(UNKNOWN);
  start(cleo);
  const refusal = (chat) => fake.waitForCall({ chat, ok: false, timeout_ms: PATIENCE_MS });
  const refused = await refusal(staff.id);
  const alone = await refusal(cleo.id);
  const redis = await stage.home.redis();
  const kept = () => redis.call('HLEN', 'zaide:{g}:waits');
  await until(async () => (await kept()) === 2, 'both waits in the store');
  await stage.zaide.kill();
  ben.say(UNKNOWN); // its topic has no reason of its own to wait
  cleo.say('/help');
  await stage.start();
  for (const name of ['Ann', 'Ben'])
    await stage.posted({ topic: await stage.topic(name), text: UNKNOWN });
  const isRead = ({ method }) => method.startsWith('get');
  const next = fake.calls({ chat: staff.id, after: refused.n }).find((call) => !isRead(call));
  assert.ok(next.at - refused.at >= 5_000, `${next.method} ${next.at - refused.at} ms later`);
  const again = await cleo.hears(GREETING);
  assert.ok(again.fact.at - alone.at >= 5_000, 'the chat was called too early');
  await cleo.hears('/language');
  await until(async () => (await kept()) === 0, 'the waits forgotten');
});

// The wall of 20 posts a minute, twenty times as fast: a "minute" is 3 s. zaide keeps its last 32
// calls in mind, so the fake counts 32 within a little less than its 4.8 s.
scene('12 chatty cases at the wall of the staff group: no 429, all of it, in order', {
  agents: { mia: [] }, env: { TELEGRAM_GROUP_PER_MIN: '400' },
  limits: { group: { count: 32, seconds: 4.4 } },
}, async (stage) => {
  const { fake, staff } = stage;
  const customers = Array.from({ length: 12 }, (_, i) => stage.customer(`Chatty${i}.`));
  const ROUNDS = 6; // each in a burst of 4 messages; the next when the first one's is shown
  for (let n = 1; n <= ROUNDS; n++) {
    for (let k = 4 * n - 3; k <= 4 * n; k++)
      for (const customer of customers) customer.say(`the lamp, no ${k} of ${customer.name}`);
    await confirmed(stage);
    const [{ name }] = customers;
    await stage.posted({ topic: await stage.topic(name), text: `no ${4 * n} of ${name}` });
    // A claim costs a post and a new title; titles wait for words.
    await stage.people.mia.claim(await stage.topic(customers[n].name));
  }
  const last = `no ${4 * ROUNDS} of `;
  for (const { name } of customers) {
    const topic = await stage.topic(name);
    await stage.posted({ topic, text: last + name, timeout_ms: 2 * PATIENCE_MS });
    const seen = stage.posts(topic).map(words).join('\n').match(/no \d+ of Chatty\d+\./g);
    const all = Array.from({ length: 4 * ROUNDS }, (_, n) => `no ${n + 1} of ${name}`);
    assert.deepEqual(seen, all);
  }
  assert.deepEqual(fake.calls({ ok: false }).map(({ description }) => description), []);
  const posts = fake.truth().filter(({ chat, out }) => out && chat === staff.id).length;
  assert.ok(posts < 150, `bursts are joined: ${posts} posts for 288 messages`);
  assert.ok(fake.calls({ chat: staff.id }).length > 64, 'the wall was met more than once');
});
