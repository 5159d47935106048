// Customers who cannot be reached, and topics that are gone or closed.
import assert from 'node:assert/strict';
import { confirmed, shown, start, texts, transcript } from './faults.mjs';
import { UNKNOWN, scene, until, words } from './harness.mjs';
import { PATIENCE_MS } from './zaide.mjs';

scene('blocked, then back; deactivated: the agent is told in words', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  stage.fake.block({ user: ann.user });
  await stage.posted({ topic, text: 'The customer has blocked the bot' });
  const lost = mia.say(topic, 'are you there?');
  const told = await stage.posted({ topic, text: 'Not delivered: the customer has blocked the bot' });
  assert.equal(told.reply_to_message?.message_id, lost.message_id, 'it says which words');
  stage.fake.unblock({ user: ann.user });
  await stage.posted({ topic, text: 'has unblocked the bot' });
  mia.say(topic, 'welcome back');
  await ann.hears(/^welcome back$/);
  assert.ok(!texts(ann).includes('are you there?'));

  stage.fake.deactivate({ user: ann.user });
  mia.say(topic, 'hello?');
  await stage.posted({ topic, text: "Not delivered: the customer's account no longer exists" });
  const marks = async () => (await transcript(stage, ann)).filter(({ mark }) => mark);
  await until(async () => (await marks()).length === 2, 'the marks in the transcript');
  assert.deepEqual((await marks()).map(({ mark }) => mark), ['not delivered', 'not delivered']);
});

const REFUSALS = {
  'Bad Request: chat not found': 'the chat does not exist any more',
  'Forbidden: bot can\'t initiate conversation with a user': 'a bot may not write first',
  'Bad Request: PREMIUM_ACCOUNT_REQUIRED': 'PREMIUM_ACCOUNT_REQUIRED',
};

scene('every other refusal is told in words; what comes next goes on', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  for (const [description, expected] of Object.entries(REFUSALS)) {
    const status = description.startsWith('Forbidden') ? 403 : 400;
    const body = JSON.stringify({ ok: false, error_code: status, description });
    stage.fake.addFault({ method: 'sendMessage', chat: ann.id, status, body });
    const { seq } = stage.fake;
    const lost = mia.say(topic, `lost: ${expected}`);
    const told = await stage.posted({ topic, text: expected, after: seq });
    assert.match(words(told), /^Not delivered: /);
    assert.equal(told.reply_to_message?.message_id, lost.message_id);
  }
  mia.say(topic, 'and this arrives');
  await ann.hears(/^and this arrives$/);
  assert.deepEqual(texts(ann).filter((text) => text.startsWith('lost')), []);
});

scene('what the forum refuses to show is told there, once', {
  agents: { mia: [] },
}, async (stage) => {
  const { ann, topic } = await stage.claimed(stage.people.mia);
  // The board, which would take a refusal, too.
  await stage.posted({ topic: 0, matching: '(No open cases|waiting ·)' });
  const description = 'Bad Request: SOMETHING_NEW';
  const body = JSON.stringify({ ok: false, error_code: 400, description });
  const rule = { chat: stage.staff.id, status: 400, body };
  stage.fake.addFault({ method: 'sendMessage', ...rule });
  ann.say('nobody can see this');
  const told = 'cannot be shown here: .*\\s.*SOMETHING_NEW\\snobody can see this';
  await stage.posted({ topic, matching: told });
  stage.fake.addFault({ method: 'sendMessage', ...rule, times: 2 }); // the notice is refused, too
  ann.say('nor this');
  await until(() => stage.fake.listFaults().every(({ left }) => left === 0), 'both refusals');
  const trouble = await stage.posted({ topic: 0, text: 'I cannot post in the topics here: Bad' });
  await stage.zaide.logs(/staff room:.*: it refuses posts: .*SOMETHING_NEW \(`zaide doctor`/);
  const { status, rooms } = await stage.zaide.health();
  assert.deepEqual([status, Object.values(rooms)],
    [503, [`it refuses posts: ${description}`]]);
  ann.say('but this one');
  await stage.posted({ topic, text: 'but this one' });
  await stage.posted({ topic: 0, text: 'Checked', after: trouble.fact.seq });
  assert.equal(shown(stage, 'cannot be shown here'), 1);
  assert.equal((await stage.zaide.health()).status, 200);
});

scene('what does not reach the customer is told though the case is closed meanwhile', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  stage.fake.addFault({ method: 'sendMessage', chat: ann.id, hang: 3000 });
  const lost = mia.say(topic, 'good bye');
  stage.fake.block({ user: ann.user });
  mia.say(topic, '/close');
  await stage.posted({ topic, text: 'closed case' });
  const told = await stage.posted({ topic, text: 'Not delivered: the customer has blocked the bot' });
  assert.equal(told.reply_to_message?.message_id, lost.message_id);
});

scene('a customer who blocks the bot while it answers: nothing is stuck', {
}, async (stage) => {
  const ann = stage.customer('Ann');
  start(ann);
  stage.fake.block({ user: ann.user }); // the greeting finds the door closed
  await stage.fake.waitForCall({ chat: ann.id, ok: false, timeout_ms: PATIENCE_MS });
  stage.fake.unblock({ user: ann.user });
  ann.say(UNKNOWN);
  await ann.hears(/#\d+/);
  await confirmed(stage);
});

/** The topic that replaces `old`. */
const successor = (stage, old) =>
  stage.fake.waitFor(
    () => stage.fake.topics({ chat: stage.staff }).find(({ id, deleted }) => id > old && !deleted),
    PATIENCE_MS, 'a new topic',
  );

scene('a deleted topic: the case moves to a new one, nothing is missed, reused afterwards', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic, no } = await stage.claimed(mia);
  stage.fake.deleteTopic({ chat: stage.staff, topic });
  ann.say('the first word after it');
  const next = await successor(stage, topic);
  await stage.posted({ topic: next.id, text: 'the first word after it' });
  await stage.posted({ topic: next.id, text: 'takes the place of the earlier one' });
  const card = await stage.posted({ topic: next.id, text: `· case #${no}` });
  assert.match((await mia.press(card, 'Claim')).text, /yours already/);
  mia.say(next.id, 'I see it here');
  await ann.hears(/^I see it here$/);
  ann.say('and the second');
  await stage.posted({ topic: next.id, text: 'and the second' });

  mia.say(next.id, '/close');
  await ann.press(await ann.hears(new RegExp(`case #${no}.*solved`)), 'Yes, solved');
  await ann.hears(/from 1/);
  ann.say(`once more: ${UNKNOWN}`);
  await stage.posted({ topic: next.id, text: 'once more: ' });
  assert.equal(stage.fake.calls({ method: 'createForumTopic', ok: true }).length, 2);
});

scene('two topics deleted at once: each case finds its own new one', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const cases = [];
  for (const name of ['Ann', 'Ben']) cases.push(await stage.claimed(mia, name));
  for (const { topic } of cases) stage.fake.deleteTopic({ chat: stage.staff, topic });
  for (const { ann } of cases)
    for (let n = 1; n <= 3; n++) ann.say(`word ${n} of ${ann.name}`);
  for (const { ann } of cases) {
    const topic = await stage.topic(ann.name);
    await stage.posted({ topic, text: `word 3 of ${ann.name}` });
    const seen = stage.posts(topic).map(words).join('\n').match(/word \d of \w+/g);
    assert.deepEqual(seen, [1, 2, 3].map((n) => `word ${n} of ${ann.name}`));
    mia.say(topic, `hello ${ann.name}`);
    await ann.hears(`^hello ${ann.name}$`);
  }
  assert.equal(stage.fake.calls({ method: 'createForumTopic', ok: true }).length, 4);
  assert.equal(shown(stage, 'word 1 of Ann'), 1);
});

scene('a topic closed by hand is opened again: it follows its case', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  const { fake, staff } = stage;
  const state = () => fake.topics({ chat: staff }).find(({ id }) => id === topic);
  const is = (closed) =>
    fake.waitFor(() => state().closed === closed, PATIENCE_MS, `a topic ${closed ? '' : 'not '}closed`);
  fake.closeTopic({ chat: staff, topic });
  const said = await stage.posted({ topic, text: 'so its topic stays open' });
  await is(false);
  mia.say(topic, 'I can still write here');
  await ann.hears(/^I can still write here$/);

  mia.say(topic, '/close');
  await is(true);
  await ann.press(await ann.hears(/solved\?/), 'Not yet');
  await is(false);
  fake.closeTopic({ chat: staff, topic });
  await stage.posted({ topic, text: 'so its topic stays open', after: said.fact.seq });
  await is(false);
  const one = { chat: staff.id, method: 'createForumTopic' };
  assert.equal(fake.calls(one).length, 1);
});
