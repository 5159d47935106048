// How a group becomes the staff room, what is said when something is missing there, and what zaide
// tells Telegram of itself.
import assert from 'node:assert/strict';
import { TOKEN, UNKNOWN, scene, until } from './harness.mjs';
import { example, firstWords } from './knowledge.mjs';
import { PATIENCE_MS } from './zaide.mjs';

const codeOf = async (stage) =>
  (await stage.zaide.logs(/post there within 10 minutes: \/staff (\d+)/))[1];

/** What stands in {g}codes: { code, until, tries }; null when there is none. */
async function keptCode(stage) {
  const kept = await (await stage.home.redis()).call('HGET', 'zaide:{g}:codes', 'staff');
  const [code, until, tries] = (kept ?? '').split(' ');
  return kept && { code, until: Number(until), tries: Number(tries) };
}

const general = (stage, text, after = 0) => stage.posted({ topic: 0, text, after });

scene('/staff binds the group: its creator is the admin, once only', {
  staff: 'unbound',
}, async (stage) => {
  const { fake, owner } = stage;
  const code = await codeOf(stage);
  const { until: end } = await keptCode(stage);
  assert.ok(end > Date.now() + 500_000 && end < Date.now() + 601_000, 'good for ten minutes');
  fake.say({ user: owner, chat: stage.staff, text: `/staff ${code}` });
  await general(stage, 'This is a staff room now');
  await general(stage, 'Checked: I can open and close topics');
  await general(stage, `telegram:${owner.id} is the admin here (as creator of this group)`);
  const agents = await stage.must('agents', 'list');
  assert.match(agents, new RegExp(`^admin .*telegram:${owner.id}`, 'm'));
  assert.equal(await keptCode(stage), null, 'the code is spent');

  const other = fake.addGroup({
    title: 'Others', forum: true, bots: [{ bot: TOKEN, rights: true }],
  });
  fake.say({ user: other.owner, chat: other, text: `/staff ${code}` });
  await fake.waitForFact({ chat: other.id, out: true, text: 'That code is wrong or too old' });
  const boss = { say: (topic, text) => fake.say({ user: owner, chat: stage.staff, topic, text }) };
  const { customer, topic } = await stage.asked('Ann');
  boss.say(topic, '/claim');
  await customer.hears(/is with you now/);
  boss.say(topic, 'I am the first agent');
  await customer.hears(/^I am the first agent$/);
  const elsewhere = fake.truth().filter((fact) => fact.out && fact.chat === other.id);
  assert.equal(elsewhere.length, 1, 'nothing but the refusal was said there');
});

scene('a wrong code is refused and costs a try; an old one is refused', {
  staff: 'unbound',
}, async (stage) => {
  const { fake, owner, staff } = stage;
  const post = (text) => fake.say({ user: owner, chat: staff, text });
  const code = await codeOf(stage);
  post('/staff 1');
  const no = await general(stage, 'That code is wrong or too old');
  const { code: kept, tries } = await keptCode(stage);
  assert.deepEqual([kept, tries], [code, 4]);

  // The same as a code of eleven minutes ago. The new agent shows that it has been read.
  const redis = await stage.home.redis();
  await redis.call('HSET', 'zaide:{g}:codes', 'staff', `4821 ${Date.now() - 60_000} 4`);
  await stage.addAgent('mia');
  post('/staff 4821');
  await general(stage, 'That code is wrong or too old', no.fact.seq);
  await redis.call('HSET', 'zaide:{g}:codes', 'staff', `4822 ${Date.now() + 60_000} 4`);
  await stage.addAgent('bob');
  post('/staff@zaide_test_bot 4822');
  await general(stage, 'This is a staff room now');
});

scene('groups that guess side by side have five tries together; doctor makes a new code', {
  staff: 'unbound',
}, async (stage) => {
  const { fake, owner, staff } = stage;
  const code = await codeOf(stage);
  const bots = [{ bot: TOKEN, rights: true }];
  const groups = [1, 2, 3].map((n) => fake.addGroup({ title: `Group ${n}`, forum: true, bots }));
  for (const guess of [1, 2])
    for (const chat of groups) fake.say({ user: chat.owner, chat, text: `/staff ${guess}` });
  for (const { id: chat } of groups)
    await fake.waitForFact({ chat, out: true, count: 2, timeout_ms: PATIENCE_MS });
  assert.equal((await keptCode(stage)).tries, 0);
  await stage.zaide.logs(/5 wrong codes were posted.*`zaide doctor` makes a new one/);
  fake.say({ user: groups[0].owner, chat: groups[0], text: `/staff ${code}` });
  await fake.waitForFact({ chat: groups[0].id, out: true, count: 3, timeout_ms: PATIENCE_MS });
  fake.say({ user: owner, chat: staff, text: `/staff ${code}` });
  await general(stage, 'That code is wrong or too old');

  const { out } = await stage.run('doctor');
  const [, fresh] = /^FIX .*the new one.*: post \/staff (\d+)/im.exec(out);
  await stage.zaide.logs(new RegExp(`post there within 10 minutes: /staff ${fresh}`));
  fake.say({ user: owner, chat: staff, text: `/staff ${fresh}` });
  await general(stage, 'This is a staff room now');
});

scene('what is missing in the room is named, and again when it is mended', {
  staff: 'unbound', rights: ['can_invite_users'],
}, async (stage) => {
  const { fake, owner, staff } = stage;
  fake.setForum({ chat: staff, on: false });
  fake.demote({ chat: staff, bot: TOKEN });
  fake.say({ user: owner, chat: staff, text: `/staff ${await codeOf(stage)}` });
  const missing = await general(stage, 'Something is missing here');
  assert.match(missing.text, /Topics are off/);
  assert.match(missing.text, /I am not an administrator/);
  await general(stage, 'is the admin here');
  fake.promote({ chat: staff, bot: TOKEN, rights: ['can_delete_messages'] });
  const less = await general(stage, 'I lack the right', missing.fact.seq);
  assert.match(less.text, /Topics are off/);
  assert.match(less.text, /"Manage topics"/);
  assert.match(less.text, /"Pin messages"/);
  assert.doesNotMatch(less.text, /"Delete|not an administrator/);
  fake.promote({ chat: staff, bot: TOKEN, rights: true });
  const topics = await general(stage, 'Something is missing here', less.fact.seq);
  assert.match(topics.text, /^Something is missing here:\n– Topics are off[^\n]*$/);
  fake.setForum({ chat: staff, on: true });
  await general(stage, 'Checked: I can open', topics.fact.seq);
  await stage.asked('Ann');
});

scene('a group becomes another one when topics are switched on: the staff room follows', {
  staff: 'none',
}, async (stage) => {
  const { fake } = stage;
  const owner = fake.addUser({ id: 900, first_name: 'Olga' });
  const bots = [{ bot: TOKEN, rights: true }];
  const group = fake.addGroup({ title: 'Staff', type: 'group', owner, bots });
  fake.say({ user: owner, chat: group, text: `/staff ${await codeOf(stage)}` });
  const where = { chat: group.id, out: true, timeout_ms: PATIENCE_MS };
  await fake.waitForFact({ ...where, text: 'Topics are off' });
  stage.staff = fake.migrate({ chat: group });
  fake.setForum({ chat: stage.staff, on: true });
  await general(stage, 'Checked: I can open and close topics');
  await stage.asked('Ann');
});

scene('TELEGRAM_STAFF_CHAT is set: no code, the creator is admin; menus and descriptions', {
  env: { BRAND_NAME: 'Nika', LANGUAGES: 'zh,en,vi,ja,ko,ms' },
}, async (stage) => {
  const { fake, owner, staff } = stage;
  await general(stage, 'Checked: I can open and close topics');
  await general(stage, `telegram:${owner.id} is the admin here`);
  const profile = await until(() => {
    const now = fake.profile({});
    return now.commands[`chat|${staff.id}|`] && now;
  }, 'the menus');
  const menu = (where) => profile.commands[where].map(({ command: name }) => name).join(' ');
  for (const language of ['zh', 'en', 'vi', 'ja', 'ko', 'ms', ''])
    assert.equal(menu(`all_private_chats|${language}`), 'start help language human verify');
  assert.equal(menu(`chat|${staff.id}|`),
    'claim release transfer pending close note tag delete reply fate verify help');
  const { texts, commands } = profile;
  assert.match(texts['description|'], /^Questions about deposits, withdrawals/);
  assert.match(texts['description|zh'], /^\p{Script=Han}/u);
  assert.match(texts['description|vi'], /ạ/);
  assert.match(texts['short_description|en'], /Nika$/);
  assert.match(commands['all_private_chats|zh'][3].description, /\p{Script=Han}/u);
  assert.deepEqual(fake.queue({}).allowed, [
    'message', 'edited_message', 'callback_query', 'message_reaction', 'chat_member',
    'my_chat_member',
  ]);
  assert.doesNotMatch(stage.zaide.log, /\/staff \d/);
});

scene('no staff chat: the customer hears the truth, zaide cases shows the case', {
  staff: 'none',
}, async (stage) => {
  await codeOf(stage);
  const ann = stage.customer('Ann');
  ann.say(example('en', 'security', 'twofa_bind'));
  await ann.hears('', { text: firstWords('en', 'security', 'twofa_bind') });
  ann.say(UNKNOWN);
  const { text } = await ann.hears(/#\d+/);
  assert.match(text, /No one on our team is on shift right now, so it will take longer/);
  const listed = await stage.must('cases');
  assert.match(listed, /^#\d+ +WAITING .*Ann/m);
  assert.match(listed, /No agents are registered: zaide agents add/);
});
