// Servers in trouble and connections that break, on both ways.
import assert from 'node:assert/strict';
import { GREETING, confirmed, greetings, start, texts, transcript } from './faults.mjs';
import { scene, until } from './harness.mjs';

// Refused before anything was done, so it arrives once.
const REFUSALS = {
  'status 500': { status: 500 }, 'status 502 in HTML': { status: 502, html: true },
  'status 503 in HTML': { status: 503, html: true }, 'status 504': { status: 504 },
  'status 403 in HTML': { status: 403, html: true },
  'a page of HTML with status 200': { status: 200, body: '<html>maintenance</html>' },
};
// Done, but the answer does not say so, so it may arrive twice.
const DOUBTS = {
  'an answer cut in the middle': { cut: 'half' }, 'malformed JSON': { malformed: true },
  'an answer of 20 MB': { huge: 20_000_000 },
};

scene('5xx, HTML and broken answers: it arrives all the same', {}, async (stage) => {
  const all = Object.entries({ ...REFUSALS, ...DOUBTS }).map(([name, fault]) => {
    const customer = stage.customer(name);
    stage.fake.addFault({ method: 'sendMessage', chat: customer.id, ...fault });
    return { name, customer };
  });
  for (const { customer } of all) start(customer);
  for (const { customer } of all) await customer.hears(GREETING);
  assert.ok(stage.fake.listFaults().every(({ hits }) => hits === 1), 'every fault has struck');
  for (const { name, customer } of all) {
    const isDoubt = name in DOUBTS;
    if (isDoubt) await customer.hears(GREETING);
    assert.equal(greetings(customer), isDoubt ? 2 : 1, name);
  }
});

scene('a socket cut before the request is read: sent once', { agents: { mia: [] } }, async (stage) => {
  const { ann, topic } = await stage.claimed(stage.people.mia);
  const { id } = stage.fake.addFault({ method: 'sendMessage', cut: 'before', times: 2 });
  stage.people.mia.say(topic, 'the only answer');
  stage.people.mia.say(topic, 'and one more');
  await ann.hears(/^and one more$/);
  const rule = () => stage.fake.listFaults().find((one) => one.id === id);
  assert.equal(rule().hits, 2);
  const heard = texts(ann).filter((text) => /^(the only|and one)/.test(text));
  assert.deepEqual(heard, ['the only answer', 'and one more']);
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
  const marks = async () => (await transcript(stage, ann)).filter(({ mark }) => mark);
  await until(async () => (await marks()).length > 0, 'the mark in the transcript');
  const [{ mark, line }, ...more] = await marks();
  const lines = await transcript(stage, ann);
  assert.equal(mark, 'maybe twice');
  assert.equal(lines.find(({ n }) => n === line).content.text, 'the only answer');
  assert.deepEqual(more, []);
  assert.equal(texts(ann).filter((text) => text === 'the only answer').length, 2);
});

scene('a server that hangs holds up its own chat only, and not for ever', {}, async (stage) => {
  const [ann, ben, cleo] = ['Ann', 'Ben', 'Cleo'].map((name) => stage.customer(name));
  stage.fake.addFault({ method: 'sendMessage', chat: ann.id, hang: 60_000 });
  stage.fake.addFault({ method: 'sendMessage', chat: cleo.id, hang: 2_000 });
  start(ann);
  start(cleo);
  await until(() => stage.fake.listFaults().every(({ hits }) => hits === 1), 'calls that hang');
  start(ben);
  const other = await ben.hears(GREETING);
  const slow = await cleo.hears(GREETING);
  assert.ok(other.fact.seq < slow.fact.seq);
  const late = await ann.hears(GREETING); // the call was given up: it may still arrive
  assert.ok(slow.fact.seq < late.fact.seq);
  const marks = async (who) => (await transcript(stage, who)).filter(({ mark }) => mark).length;
  await until(() => marks(ann).then((n) => n === 1), 'the mark of the doubt');
  assert.deepEqual([await marks(ben), await marks(cleo), greetings(cleo)], [0, 0, 1]);
});

const POLLING = {
  'status 500': { status: 500 }, 'status 502 in HTML': { status: 502, html: true },
  'status 504': { status: 504 }, 'cut before': { cut: 'before' }, 'cut after': { cut: 'after' },
  'cut in the middle': { cut: 'half' }, 'malformed JSON': { malformed: true },
  'too many requests': { status: 429, retry_after: 1 },
};

scene('polling survives 5xx, HTML, cut and garbled answers', {}, async (stage) => {
  const customers = [];
  for (const [name, fault] of Object.entries(POLLING)) {
    const { id } = stage.fake.addFault({ method: 'getUpdates', ...fault });
    const customer = stage.customer(name);
    customers.push(customer);
    start(customer); // ends the poll that waits, or strikes the next one
    const struck = () => stage.fake.listFaults().find((rule) => rule.id === id).hits === 1;
    await until(struck, name);
    await customer.hears(GREETING);
  }
  await confirmed(stage);
  for (const customer of customers) assert.equal(greetings(customer), 1, customer.name);
});

scene('a Bot API that is away at the start is waited for', { idle: true }, async (stage) => {
  for (const fault of [{ cut: 'before' }, { status: 502, html: true }])
    stage.fake.addFault({ method: 'getMe', ...fault });
  await stage.launch();
  const health = await until(async () => {
    const now = await stage.zaide.health();
    return now.status === 503 && /getMe/.test(now.platforms.telegram) && now;
  }, 'the trouble in /healthz');
  assert.equal(health.ok, false);
  const ann = stage.customer('Ann');
  start(ann);
  await ann.hears(GREETING);
  await until(async () => (await stage.zaide.health()).status === 200, '200 of /healthz');
});
