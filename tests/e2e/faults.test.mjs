// Everything that Telegram, the network and Redis can do to zaide.
import assert from 'node:assert/strict';
import { UNKNOWN, scene, until, words } from './harness.mjs';
import { PATIENCE_MS } from './zaide.mjs';

const GREETING = /^Hi, I'm here/; // the answer to /start
const start = (customer) => customer.say('/start');
const texts = (customer) => customer.heard().map(words);
const count = (list, wanted) => list.filter((text) => text.includes(wanted)).length;

/** The transcript of a customer's conversation, from Redis. */
async function transcript(stage, customer) {
  const redis = await stage.home.redis();
  const keys = await redis.call('KEYS', `zaide:*}:t:telegram:${stage.bot.id}:${customer.id}`);
  assert.equal(keys.length, 1);
  return (await redis.call('LRANGE', keys[0], 0, -1)).map((line) => JSON.parse(line));
}

// --- 429 ---

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
  assert.equal(count(texts(ann), "I'm here"), 1);
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

scene('429 for the staff group survives kill -9', {}, async (stage) => {
  const { fake, staff } = stage;
  await stage.posted({ topic: 0, text: 'Checked' });
  fake.addFault({ method: 'createForumTopic', status: 429, retry_after: 16 });
  stage.customer('Ann').say(UNKNOWN);
  const wish = { method: 'createForumTopic', chat: staff.id, ok: false, timeout_ms: PATIENCE_MS };
  const refused = await fake.waitForCall(wish);
  await stage.zaide.kill();
  stage.customer('Ben').say(UNKNOWN); // its topic has no reason of its own to wait
  await stage.start();
  for (const name of ['Ann', 'Ben'])
    await stage.posted({ topic: await stage.topic(name), text: UNKNOWN });
  const posts = fake.calls({ chat: staff.id, after: refused.n });
  const next = posts.find(({ method }) => /^(create|send|copy|edit)/.test(method));
  assert.ok(next.at - refused.at >= 16_000, `the group was called ${next.at - refused.at} ms later`);
});

// --- servers and sockets ---

const TROUBLES = {
  'status 500': { status: 500 }, 'status 502 in HTML': { status: 502, html: true },
  'status 504': { status: 504 }, 'socket cut before': { cut: 'before' },
  'an answer cut in the middle': { cut: 'half' }, 'malformed JSON': { malformed: true },
  'a page of HTML with status 200': { status: 200, body: '<html>maintenance</html>' },
};

scene('5xx, HTML, broken answers, cut sockets: it arrives all the same', {}, async (stage) => {
  for (const [name, fault] of Object.entries(TROUBLES)) {
    const customer = stage.customer(name);
    const { id } = stage.fake.addFault({ method: 'sendMessage', ...fault });
    start(customer);
    await customer.hears(GREETING);
    const [struck] = stage.fake.listFaults().filter((rule) => rule.id === id);
    assert.equal(struck.hits, 1, `${name} has struck`);
    stage.fake.clearFaults();
  }
});

scene('a socket cut after the message went out: the second copy is marked', {
  agents: { mia: [] },
}, async (stage) => {
  const { ann, topic } = await stage.claimed(stage.people.mia);
  stage.fake.addFault({ method: 'sendMessage', chat: ann.id, cut: 'after' });
  const said = stage.people.mia.say(topic, 'the only answer');
  const first = await ann.hears(/^the only answer$/);
  const second = await ann.hears(/^the only answer$/);
  assert.notEqual(first.message_id, second.message_id);
  const doubt = await stage.posted({ topic, text: 'perhaps twice' });
  assert.equal(doubt.reply_to_message?.message_id, said.message_id, 'it says which one');
  const lines = await transcript(stage, ann);
  const line = lines.find(({ content }) => content?.text === 'the only answer');
  const marks = lines.filter(({ mark }) => mark === 'maybe twice');
  assert.deepEqual(marks.map((mark) => mark.line), [line.n]);
  assert.equal(count(texts(ann), 'the only answer'), 2);
});

scene('a server that hangs holds up its own chat only', {}, async (stage) => {
  const ann = stage.customer('Ann');
  const ben = stage.customer('Ben');
  stage.fake.addFault({ method: 'sendMessage', chat: ann.id, hang: 45_000 });
  start(ann);
  await until(() => stage.fake.listFaults()[0].hits === 1, 'the call that hangs');
  start(ben);
  const other = await ben.hears(GREETING);
  const late = await ann.hears(GREETING);
  assert.ok(other.fact.seq < late.fact.seq);
  const marks = async () => (await transcript(stage, ann)).filter(({ mark }) => mark);
  await until(async () => (await marks()).length === 1, 'the mark of the doubt');
});

scene('polling survives 5xx, HTML, cut and garbled answers', {}, async (stage) => {
  const faults = [{ status: 502, html: true }, { cut: 'before' }, { cut: 'half' }, { malformed: true }];
  for (const fault of faults) stage.fake.addFault({ method: 'getUpdates', ...fault });
  const customers = faults.map((_, i) => stage.customer(`Ann${i}`));
  for (const customer of customers) start(customer);
  for (const customer of customers) await customer.hears(GREETING);
  await until(() => stage.fake.listFaults().every(({ left }) => left === 0), 'every fault');
  for (const customer of customers) assert.equal(count(texts(customer), "I'm here"), 1);
});

// --- people and rooms ---

scene('blocked, then back; deactivated: the agent is told in words', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  stage.fake.block({ user: ann.user });
  await stage.posted({ topic, text: 'The customer has blocked the bot' });
  mia.say(topic, 'are you there?');
  await stage.posted({ topic, text: 'Not delivered: the customer has blocked the bot' });
  stage.fake.unblock({ user: ann.user });
  await stage.posted({ topic, text: 'has unblocked the bot' });
  mia.say(topic, 'welcome back');
  await ann.hears(/^welcome back$/);

  stage.fake.deactivate({ user: ann.user });
  mia.say(topic, 'hello?');
  await stage.posted({ topic, text: "Not delivered: the customer's account no longer exists" });
});

scene('a deleted topic: the case moves to a new one, nothing is missed', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  stage.fake.deleteTopic({ chat: stage.staff, topic });
  ann.say('the first word after it');
  const next = await stage.fake.waitFor(
    () => stage.fake.topics({ chat: stage.staff }).find(({ id, deleted }) => id > topic && !deleted),
    PATIENCE_MS, 'a new topic',
  );
  await stage.posted({ topic: next.id, text: 'the first word after it' });
  mia.say(next.id, 'I see it here');
  await ann.hears(/^I see it here$/);
  ann.say('and the second');
  await stage.posted({ topic: next.id, text: 'and the second' });
});

scene('a topic closed by hand stays in use', { agents: { mia: [] } }, async (stage) => {
  const { ann, topic } = await stage.claimed(stage.people.mia);
  stage.fake.closeTopic({ chat: stage.staff, topic });
  ann.say('one more thing');
  await stage.posted({ topic, text: 'one more thing' });
});

scene('the bot is demoted: said in General, cases wait, and come when it is admin again', {
  agents: { mia: [] },
}, async (stage) => {
  const { fake, staff } = stage;
  await stage.posted({ topic: 0, text: 'Checked' });
  fake.demote({ chat: staff, bot: stage.bot.id });
  await stage.posted({ topic: 0, text: 'I am not an administrator' });
  const ann = stage.customer('Ann');
  ann.say(UNKNOWN);
  await ann.hears(/#\d+/);
  const wish = { method: 'createForumTopic', ok: false, timeout_ms: PATIENCE_MS };
  await fake.waitForCall(wish);
  assert.equal(JSON.parse(await stage.must('cases', '--json')).length, 1, 'the case is kept');
  const { seq } = fake;
  fake.promote({ chat: staff, bot: stage.bot.id });
  await stage.posted({ topic: 0, text: 'Checked', after: seq });
  await stage.posted({ topic: await stage.topic('Ann'), text: UNKNOWN });
});

scene('the bot is kicked from the staff forum: customers do not notice', {
  agents: { mia: [] },
}, async (stage) => {
  const { fake, staff } = stage;
  await stage.posted({ topic: 0, text: 'Checked' });
  fake.kick({ chat: staff, bot: stage.bot.id });
  const ann = stage.customer('Ann');
  start(ann);
  await ann.hears(GREETING);
  ann.say(UNKNOWN);
  await ann.hears(/#\d+/);
  await fake.waitForCall({ chat: staff.id, ok: false, timeout_ms: PATIENCE_MS });
  ann.say('and it is red');
  fake.promote({ chat: staff, bot: stage.bot.id });
  const topic = await stage.topic('Ann');
  await stage.posted({ topic, text: 'and it is red' });
  assert.equal(stage.posts(topic).filter((post) => words(post).includes(UNKNOWN)).length, 1);
});

scene('12 chatty cases in a group of 20 posts a minute: no 429, all of it, in order', {
  agents: { mia: [] }, timeout: 10 * 60_000,
}, async (stage) => {
  const { fake } = stage;
  const customers = Array.from({ length: 12 }, (_, i) => stage.customer(`Chatty${i}.`));
  for (let n = 1; n <= 10; n++) {
    for (const customer of customers) customer.say(`the red lamp, sentence ${n} of ${customer.name}`);
    await fake.waitFor(() => fake.queue({}).pending === 0, PATIENCE_MS, 'the confirmation');
  }
  const patience = 5 * 60_000;
  for (const { name } of customers) {
    const found = () => fake.topics({ chat: stage.staff }).find((one) => one.name.includes(name));
    const { id: topic } = await fake.waitFor(found, patience, `the topic of ${name}`);
    await stage.posted({ topic, text: `sentence 10 of ${name}`, timeout_ms: patience });
    const seen = stage.posts(topic).map(words).join('\n').match(/sentence \d+ of Chatty\d+\./g);
    const all = Array.from({ length: 10 }, (_, n) => `sentence ${n + 1} of ${name}`);
    assert.deepEqual(seen, all);
  }
  assert.deepEqual(fake.calls({ ok: false }).map(({ description }) => description), []);
});

// --- broken updates ---

const from = '"from":{"id":5,"is_bot":false,"first_name":"X"},"chat":{"id":5,"type":"private"}';
const message = (rest) => `"message":{"message_id":1,${from},"date":1700000000,${rest}}`;
const BROKEN = {
  'cut JSON': '"message":{"message_id":1,"text":"no end',
  'no JSON at all': '{what is this}',
  'text is a number': message('"text":12'),
  'from is a list': '"message":{"message_id":1,"from":[1,2],"chat":{"id":5,"type":"private"},"date":1}',
  'a message that is null': '"message":null',
  'ids over 2^53': message('"text":"hi"').replaceAll('"id":5', '"id":90071992547409931234'),
  'an id of a text': message('"text":"hi"').replaceAll('"id":5', '"id":"five"'),
  'a million characters': message(`"text":"${'x'.repeat(1_000_000)}"`),
  'deep nesting': `"message":{"message_id":1,"text":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  'entities outside the text': message('"text":"hi","entities":[{"type":"bold","offset":-5,"length":99}]'),
  'a lone surrogate': message('"text":"half \\ud83d of it"'),
  'zero bytes': message('"text":"a\\u0000b"'),
  'an unknown kind': '"telepathy":{"message_id":1}',
  'a button with nothing': '"callback_query":{"id":"1"}',
};

scene('broken and hostile updates: skipped, confirmed, the next good one is answered', {
}, async (stage) => {
  stage.fake.addUser({ id: 5, first_name: 'X' });
  const bytes = Buffer.concat([
    Buffer.from(`"message":{"message_id":1,${from},"date":1,"text":"`),
    Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80]), Buffer.from('"}'),
  ]);
  const all = [
    ...Object.entries(BROKEN).map(([name, raw]) => [name, { raw }]),
    ['bad UTF-8', { raw_base64: bytes.toString('base64') }],
  ];
  for (const [name, wish] of all) {
    stage.fake.injectRaw(wish);
    const ann = stage.customer(name);
    start(ann);
    await ann.hears(GREETING);
    await stage.fake.waitFor(() => stage.fake.queue({}).pending === 0, PATIENCE_MS, `${name}: gone`);
  }
});

// --- Redis ---

scene('the embedded Redis is killed: revived, and all goes on', {
  agents: { mia: [] },
}, async (stage) => {
  const { ann, topic } = await stage.claimed(stage.people.mia);
  for (let round = 1; round <= 3; round++) {
    const before = await stage.home.signalRedis('SIGKILL');
    ann.say(`round ${round}`);
    stage.people.mia.say(topic, `answer ${round}`);
    await stage.posted({ topic, text: `round ${round}` });
    await ann.hears(`^answer ${round}$`);
    assert.notEqual(stage.home.redisPid(), before);
  }
  for (let round = 1; round <= 3; round++) assert.equal(count(texts(ann), `answer ${round}`), 1);
  assert.equal((await stage.zaide.health()).status, 200);
});

scene('a Redis that stands still: nothing is confirmed, /healthz says so, then all goes on', {
}, async (stage) => {
  const { fake } = stage;
  await fake.waitFor(() => fake.queue({}).pending === 0, PATIENCE_MS, 'a quiet start');
  await stage.home.signalRedis('SIGSTOP');
  const ann = stage.customer('Ann');
  start(ann);
  const unwell = await until(async () => {
    const health = await stage.zaide.health();
    return health.status === 503 && health;
  }, '503 of /healthz');
  assert.equal(unwell.ok, false);
  assert.notEqual(unwell.redis, 'ok');
  assert.equal(fake.queue({}).pending, 1, 'not confirmed');
  assert.deepEqual(texts(ann), []);
  await stage.home.signalRedis('SIGCONT');
  await ann.hears(GREETING);
  await until(async () => (await stage.zaide.health()).status === 200, '200 of /healthz');
  await fake.waitFor(() => fake.queue({}).pending === 0, PATIENCE_MS, 'the confirmation');
  assert.equal(count(texts(ann), "I'm here"), 1);
});
