// The staff forum out of order: nothing is lost, customers hear the truth, the terminal still works,
// and when the forum is in order again everything arrives.
import assert from 'node:assert/strict';
import { GREETING, shown, start } from './faults.mjs';
import { UNKNOWN, scene, until, words } from './harness.mjs';
import { PATIENCE_MS } from './zaide.mjs';

/** While the forum refuses: a new customer is served, from the terminal, too. */
async function worksFromTerminal(stage, customer) {
  customer.say(UNKNOWN);
  const [, no] = /#(\d+)/.exec((await customer.hears(/case is #\d+/)).text);
  await until(async () => (await stage.must('cases')).includes(`#${no}`), 'the case in the list');
  await stage.must('claim', no, '--as', 'mia');
  await customer.hears(/^mia is with you now/);
  await stage.must('reply', no, '--as', 'mia', `hello ${customer.name}`);
  await customer.hears(`^hello ${customer.name}$`);
}

const AT_ONCE_MS = 5000; // what is promised; a refused post by itself is tried again after 30 s

/** All that a customer said while the forum was out of order is there, in order and once. */
async function allArrived(stage, customer, count, since) {
  const topic = await stage.topic(customer.name);
  const last = `sentence ${count} of ${customer.name}`;
  await stage.posted({ topic, text: last });
  const seen = stage.posts(topic).map(words).join('\n').match(/sentence \d+ of \w+/g);
  const all = Array.from({ length: count }, (_, n) => `sentence ${n + 1} of ${customer.name}`);
  assert.deepEqual(seen, all);
  assert.equal(shown(stage, last), 1);
  await stage.posted({ topic, text: `hello ${customer.name}` });
  const waited = stage.fake.clock.now() - since;
  assert.ok(waited < AT_ONCE_MS, `${waited} ms after the forum was in order again`);
}

const refusal = (stage) =>
  stage.fake.waitForCall({ chat: stage.staff.id, ok: false, timeout_ms: PATIENCE_MS });

const ALL_BUT_TOPICS = ['can_pin_messages', 'can_delete_messages'];
const TROUBLES = {
  'the bot is demoted': {
    harm: (stage) => stage.fake.demote({ chat: stage.staff, bot: stage.bot.id }),
    said: 'I am not an administrator',
  },
  'the bot lacks the right to manage topics': {
    harm: (stage) => stage.fake.promote({
      chat: stage.staff, bot: stage.bot.id, rights: ALL_BUT_TOPICS,
    }),
    said: 'I lack the right "Manage topics"',
  },
  'the bot is kicked from the staff forum': {
    harm: (stage) => stage.fake.kick({ chat: stage.staff, bot: stage.bot.id }),
  },
  'members of the staff forum may not write': {
    harm: (stage) => {
      stage.fake.setPermissions({ chat: stage.staff, permissions: { can_send_messages: false } });
      stage.fake.demote({ chat: stage.staff, bot: stage.bot.id });
    },
  },
};

for (const [name, { harm, said }] of Object.entries(TROUBLES))
  scene(`${name}: customers do not notice; all of it comes when the right is back`, {
    agents: { mia: [] },
  }, async (stage) => {
    const { fake, staff } = stage;
    await stage.posted({ topic: 0, text: 'Checked' });
    const old = await stage.asked('Old'); // has a topic already
    harm(stage);
    if (said) await stage.posted({ topic: 0, text: said });
    const ann = stage.customer('Ann');
    start(ann);
    await ann.hears(GREETING);
    await worksFromTerminal(stage, ann);
    await refusal(stage);
    for (let n = 1; n <= 3; n++)
      for (const who of [ann, old.customer]) who.say(`sentence ${n} of ${who.name}`);
    const { seq } = fake;
    const since = fake.clock.now();
    fake.promote({ chat: staff, bot: stage.bot.id });
    if (said) await stage.posted({ topic: 0, text: 'Checked', after: seq });
    await allArrived(stage, ann, 3, since);
    await stage.posted({ topic: old.topic, text: 'sentence 3 of Old' });
    assert.equal(shown(stage, 'sentence 1 of Old'), 1);
  });

scene('topics are switched off: said in General; all of it comes when they are on again', {
  agents: { mia: [] },
}, async (stage) => {
  const { fake, staff } = stage;
  await stage.posted({ topic: 0, text: 'Checked' });
  fake.setForum({ chat: staff, on: false });
  const ann = stage.customer('Ann');
  await worksFromTerminal(stage, ann);
  await refusal(stage);
  for (let n = 1; n <= 3; n++) ann.say(`sentence ${n} of Ann`);
  await stage.posted({ topic: 0, text: 'Topics are off' });
  const { seq } = fake;
  const since = fake.clock.now();
  fake.setForum({ chat: staff, on: true }); // nobody tells the bot
  await allArrived(stage, ann, 3, since);
  await stage.posted({ topic: 0, text: 'Checked', after: seq });
});

scene('topics are switched off and on again: a case that had one gets another', {
  agents: { mia: [] }, limits: 'off', env: { TELEGRAM_GROUP_PER_MIN: '600' },
}, async (stage) => {
  const { fake, staff } = stage;
  const { mia } = stage.people;
  const { customer, topic } = await stage.asked('Ann');
  fake.setForum({ chat: staff, on: false });
  customer.say('are topics off?');
  await stage.posted({ topic: 0, text: 'Topics are off' });
  fake.setForum({ chat: staff, on: true });
  const moved = await stage.posted({ text: 'takes the place of the earlier one' });
  const home = moved.message_thread_id;
  assert.notEqual(home, topic);
  assert.equal(shown(stage, 'are topics off?'), 1);
  await mia.claim(home);
  await customer.hears(/is with you now/);
  mia.say(home, 'they are on again');
  await customer.hears(/^they are on again$/);
  mia.say(topic, 'said in the old one'); // which is there again, too
  await customer.hears(/^said in the old one$/);
});

for (const [tells, how] of [[true, 'is told by the group'], [false, 'is told by a refusal']])
  scene(`a group that becomes a supergroup, which ${how}: zaide follows, whatever the settings say`, {
    idle: true, staff: 'none',
  }, async (stage) => {
    const { fake } = stage;
    const bots = [{ bot: stage.bot.id, rights: true }];
    const old = stage.staff = fake.addGroup({ title: 'Staff', type: 'group', bots });
    stage.env.TELEGRAM_STAFF_CHAT = String(old.id);
    await stage.start();
    const mia = await stage.addAgent('mia');
    await stage.posted({ topic: 0, text: 'Topics are off' });
    const ann = stage.customer('Ann');
    await worksFromTerminal(stage, ann); // all of it waits for topics
    stage.staff = fake.migrate({ chat: old, tells });
    ann.say('sentence 1 of Ann');
    await stage.posted({ topic: 0, text: `This group has a new id now: ${stage.staff.id}` });
    await stage.posted({ topic: 0, text: 'Topics are off' });
    const since = fake.clock.now();
    fake.setForum({ chat: stage.staff, on: true });
    await allArrived(stage, ann, 1, since);
    assert.equal(shown(stage, UNKNOWN), 1);
    const home = await stage.topic('Ann');
    mia.say(home, 'said in the new one');
    await ann.hears(/^said in the new one$/);
    const { out } = await stage.run('doctor');
    assert.match(out, new RegExp(`^ok +note: .*names ${old.id}.*the id ${stage.staff.id}`, 'm'));

    for (const id of [old.id, stage.staff.id]) {
      assert.equal(await stage.zaide.stop(), 0);
      await stage.start({ env: { TELEGRAM_STAFF_CHAT: String(id) } });
      ann.say(`heard of ${id}`);
      await stage.posted({ topic: home, text: `heard of ${id}` });
      assert.equal(shown(stage, `heard of ${id}`), 1);
    }
    const opened = fake.topics({ chat: stage.staff }).filter(({ name }) => name.includes('Ann'));
    assert.equal(opened.length, 1);
  });

scene('a forum that the bot is thrown out of: the other one, the log, /healthz and doctor say so', {
  staff: 'none', idle: true,
}, async (stage) => {
  const { fake } = stage;
  const bots = [{ bot: stage.bot.id, rights: true }];
  const [east, west] = ['East', 'West'].map((title) => fake.addGroup({ title, forum: true, bots }));
  const both = `${east.id},${west.id}`;
  const boss = stage.customer('Boss'); // an admin, who once wrote to the bot
  await stage.start({ env: { TELEGRAM_STAFF_CHAT: both } });
  start(boss);
  await boss.hears(GREETING);
  await stage.must('agents', 'add', 'boss', '--id', `telegram:${boss.id}`, '--role', 'admin');
  const inWest = { chat: west.id, topic: 0, out: true, timeout_ms: PATIENCE_MS };
  await fake.waitForFact({ ...inWest, text: 'Checked' });
  assert.deepEqual(Object.values((await stage.zaide.health()).rooms), ['ok', 'ok']);
  const { seq } = fake;
  fake.kick({ chat: east, bot: stage.bot.id });
  const told = await fake.waitForFact({ ...inWest, text: 'Another staff room', after: seq });
  assert.match(told.text, /I cannot see this group/);
  await boss.hears(/^The staff room East:\nSomething is missing here:\n– I cannot see this group/);
  await stage.zaide.logs(new RegExp(`room:telegram:\\d+:${east.id}: .*add the bot to the group`));
  const { status, rooms } = await stage.zaide.health();
  assert.equal(status, 503);
  assert.match(rooms[`telegram:${stage.bot.id}:${east.id}`], /the bot is not in it: add the bot/);
  const { out } = await stage.run('doctor');
  assert.match(out, new RegExp(`^FIX +staff chat ${east.id}: .*add the bot to the group`, 'm'));
  const ann = stage.customer('Ann');
  ann.say(UNKNOWN);
  await fake.waitForMessage({ chat: west.id, text: UNKNOWN, timeout_ms: PATIENCE_MS });

  fake.setMember({ chat: east, bot: stage.bot.id, status: 'administrator', rights: true });
  await fake.waitForFact({ ...inWest, text: 'Another staff room', after: told.fact.seq });
  await boss.hears(/^The staff room East:\nChecked/);
  await fake.waitForMessage({ chat: east.id, text: UNKNOWN, timeout_ms: PATIENCE_MS });
  await until(async () => (await stage.zaide.health()).status === 200, '200 of /healthz');
});

scene('a topic that cannot be opened, whatever for: nothing is lost, and it is said', {
  agents: { mia: [] },
}, async (stage) => {
  const { fake } = stage;
  const ready = await stage.posted({ topic: 0, text: 'Checked' });
  const old = await stage.asked('Old');
  const body = JSON.stringify({ ok: false, error_code: 400, description: 'Bad Request: TOO_MANY' });
  const fault = { method: 'createForumTopic', status: 400, body, times: Infinity };
  const rule = fake.addFault(fault);
  const ann = stage.customer('Ann');
  ann.say(UNKNOWN);
  await stage.posted({ topic: 0, text: 'I cannot post in the topics here: Bad Request: TOO_MANY' });
  old.customer.say('posts in a topic that is there say nothing of it');
  await stage.posted({ topic: old.topic, text: 'posts in a topic that is there' });
  assert.equal((await stage.zaide.health()).status, 503);
  assert.equal(shown(stage, 'Checked'), 1);
  fake.removeFault(rule);
  await stage.posted({ topic: await stage.topic('Ann'), text: UNKNOWN });
  await stage.posted({ topic: 0, text: 'Checked', after: ready.fact.seq });
});

scene('TELEGRAM_STAFF_CHAT is not the id of a chat the bot can see: the log names the fix', {
  idle: true, staff: 'none',
}, async (stage) => {
  await stage.start({ env: { TELEGRAM_STAFF_CHAT: '-1009999999' } });
  const [first] = await stage.zaide.logs(/(warn|error) .*-1009999999.*/);
  assert.match(first, /add the bot to the group, or correct TELEGRAM_STAFF_CHAT.*`zaide doctor`/);
});
