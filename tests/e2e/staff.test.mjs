// The staff's side of a case: giving it back and on, silence, newcomers, limits, the board; and
// what content keeps on its way: replies, formatting, length, albums, deletions.
import assert from 'node:assert/strict';
import { UNKNOWN, scene, until, words } from './harness.mjs';
import { PATIENCE_MS } from './zaide.mjs';

const cases = async (stage) => JSON.parse(await stage.must('cases', '--json'));

scene('released, it waits at its old place and can be taken again', {
  agents: { mia: [], bob: [] },
}, async (stage) => {
  const { mia, bob } = stage.people;
  const { ann, topic, no } = await stage.claimed(mia);
  const [before] = await cases(stage);
  const { seq } = stage.fake;
  mia.say(topic, '/release');
  await ann.hears(new RegExp(`case #${no} is back at its old place`));
  const card = await stage.posted({ topic, text: `case #${no}`, after: seq });
  const [waiting] = await cases(stage);
  const { state, owner, since_ms } = waiting;
  assert.deepEqual([state, owner, since_ms], ['WAITING', '', before.since_ms]);
  await bob.press(card, 'Claim');
  await ann.hears(/^bob is with you now/);
});

scene('transferred to a colleague, to nobody, to a team', {
  agents: { mia: [], bob: ['--team', 'wallet'] },
}, async (stage) => {
  const { mia, bob } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  mia.say(topic, '/transfer @zoe');
  const names = await stage.posted({ topic, text: 'zoe' });
  assert.match(names.text, /@mia/, 'it says who there is');
  mia.say(topic, '/transfer @bob');
  await ann.hears(/^bob is with you now/);
  mia.say(topic, 'one last word');
  await stage.posted({ topic, text: 'Kept as a note: bob has this case' });
  bob.say(topic, 'I have read everything');
  await ann.hears(/^I have read everything$/);
  bob.say(topic, '/transfer wallet');
  await until(async () => (await cases(stage))[0].state === 'WAITING', 'the case in the queue');
  assert.ok(!ann.heard().some((post) => words(post).includes('last word')));
});

scene('an owner who is silent is reminded, then the case goes back', {
  env: { CLAIM_IDLE: '3s' }, agents: { mia: ['--alias', 'Miya'] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  await stage.posted({ topic, text: 'Miya: the customer has been waiting' });
  await stage.posted({ topic, text: 'Miya has been silent' });
  await ann.hears(/sorry about the wait/);
  const [waiting] = await cases(stage);
  assert.deepEqual([waiting.state, waiting.owner], ['WAITING', '']);
});

scene('the lead hears of a long wait; a case without a word is closed', {
  env: { CASE_LIMIT: '1s', CASE_IDLE: '3s' },
  agents: { mia: [], lena: ['--role', 'lead', '--alias', 'Lena'] },
}, async (stage) => {
  const { customer, topic } = await stage.asked('Ann');
  await stage.posted({ topic, matching: 'Lena[\\s\\S]*has been waiting' });
  await stage.people.mia.claim(topic);
  stage.people.mia.say(topic, 'Here is your answer');
  await customer.hears(/^Here is your answer$/);
  await customer.hears(/Is everything solved\?/);
  await stage.posted({ topic, text: 'nobody wrote for' });
  assert.deepEqual(await cases(stage), []);
});

scene('a newcomer is held until an admin lets them answer; masks are refused', {
  agents: { mia: [] },
}, async (stage) => {
  const { topic, customer: ann } = await stage.asked('Ann');
  const noa = stage.member('Noa');
  noa.say(topic, 'hello dear customer');
  const held = await stage.posted({ topic, text: 'Noa is not registered' });
  const toast = await stage.people.mia.press(held, 'Let Noa answer');
  assert.match(toast.text, /Only an admin/);
  const { fake, staff, owner } = stage;
  const { message_id } = held;
  await fake.press({ user: owner, chat: staff, message_id, button: 'Let Noa answer' });
  await stage.posted({ topic, text: 'Noa is registered' });
  await until(async () => (await stage.must('agents', 'list')).includes('Noa'), 'Noa in the list');
  await noa.claim(topic);
  await ann.hears(/^Noa is with you now/);
  noa.say(topic, 'now it works');
  await ann.hears(/^now it works$/);

  fake.say({ user: owner, chat: staff, topic, text: 'from behind a mask', anonymous: true });
  await stage.posted({ topic, text: 'cannot answer customers' });
  const heard = ann.heard().map(words).join('\n');
  assert.doesNotMatch(heard, /dear customer|mask/);
});

scene('who has as many cases as allowed gets no more; tagged vip comes first', {
  agents: { mia: ['--capacity', '1'] },
}, async (stage) => {
  const { mia } = stage.people;
  await stage.claimed(mia, 'Ann');
  await stage.asked('Ben');
  const cleo = await stage.asked('Cleo');
  const card = await stage.posted({ topic: cleo.topic, text: `case #${cleo.no}` });
  assert.match((await mia.press(card, 'Claim')).text, /1 open cases, which is your limit/);
  mia.say(cleo.topic, '/tag vip');
  await stage.posted({ topic: cleo.topic, text: 'Tags now: vip' });
  const waiting = (await cases(stage)).filter(({ state }) => state === 'WAITING');
  const order = waiting.map(({ name }) => name);
  assert.deepEqual(order, ['Cleo', 'Ben'], 'of the same urgency the vip is first');
});

scene('General holds one pinned board; it is edited, seldom, not posted again', {
  agents: { mia: [] },
}, async (stage) => {
  const { fake, staff } = stage;
  const board = await stage.posted({ topic: 0, matching: '(No open cases|waiting ·)' });
  await fake.waitFor(() => stage.posts(0).some((post) => post.pinned), PATIENCE_MS, 'the pin');
  const { no } = await stage.asked('Ann');
  const edit = { event: 'edit', chat: staff.id, text: `#${no}`, timeout_ms: PATIENCE_MS };
  const shown = await fake.waitForFact(edit);
  assert.equal(shown.message_id, board.message_id);
  assert.ok(shown.fact.at - board.fact.at >= 29_000, 'at most once in 30 s');
  assert.match(shown.text, /1 waiting · 0 being answered/);
  assert.match(shown.text, /Ann/);
});

scene('replies keep what they reply to, on both sides; to a colleague they are notes', {
  agents: { mia: [], bob: [] },
}, async (stage) => {
  const { mia, bob } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  const question = ann.say('where is my deposit?');
  const shown = await stage.posted({ topic, text: 'where is my deposit?' });
  const said = mia.say(topic, 'please wait an hour');
  const copy = await ann.hears(/^please wait an hour$/);
  ann.say('an hour!');
  await stage.posted({ topic, text: 'an hour!' }); // by now zaide knows which is whose twin
  ann.say({ text: 'why so long?', reply_to: copy.message_id });
  const back = await stage.posted({ topic, text: 'why so long?' });
  assert.equal(back.reply_to_message.message_id, said.message_id);
  mia.say(topic, { text: 'it is on its way', reply_to: shown.message_id });
  const answer = await ann.hears(/^it is on its way$/);
  assert.equal(answer.reply_to_message.message_id, question.message_id);
  mia.say(topic, { text: 'or two hours', reply_to: said.message_id }); // to her own words
  const longer = await ann.hears(/^or two hours$/);
  assert.equal(longer.reply_to_message.message_id, copy.message_id);
  const hint = bob.say(topic, '// it is the slow network');
  mia.say(topic, { text: 'why is it slow?', reply_to: hint.message_id });
  await stage.posted({ topic, text: 'Kept as a note, because it answers a colleague' });
  assert.ok(!ann.heard().map(words).some((text) => text.includes('slow')));
});

scene('formatting, links and emoji arrive as they were written', {
  agents: { mia: [] }, env: { BRAND_HOSTS: 'nika.example' },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  const text = '👩‍👩‍👧 bold, a link and 𝄞 code';
  const entities = [
    { type: 'bold', offset: text.indexOf('bold'), length: 4 },
    { type: 'text_link', offset: text.indexOf('a link'), length: 6, url: 'https://nika.example/a' },
    { type: 'code', offset: text.indexOf('code'), length: 4 },
  ];
  const shapes = (post) => (post.entities ?? []).map(({ type, offset, length, url }) =>
    ({ type, offset, length, ...(url && { url }) }));
  mia.say(topic, { text, entities });
  const got = await ann.hears('bold, a link');
  assert.equal(got.text, text);
  assert.deepEqual(shapes(got), entities);
  ann.say({ text, entities });
  const seen = await stage.posted({ topic, text: 'bold, a link' });
  assert.equal(seen.text, text);
  assert.deepEqual(shapes(seen), entities);
});

scene('the longest texts pass whole; a burst too long for one post becomes two', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  const longest = `${'😀'.repeat(2040)} the end`; // 4088 UTF-16 units
  ann.say(longest);
  assert.equal((await stage.posted({ topic, text: '😀 the end' })).text, longest);
  mia.say(topic, longest);
  assert.equal((await ann.hears('😀 the end')).text, longest);
  const caption = `${'я'.repeat(1000)} its end`;
  ann.say({ photo: true, caption });
  assert.equal((await stage.posted({ topic, text: 'its end' })).caption, caption);

  const { seq } = stage.fake;
  const parts = ['a', 'b', 'c', 'd'].map((letter) => `${letter.repeat(1500)}.`);
  for (const part of parts) ann.say(part);
  await stage.posted({ topic, text: parts[3], after: seq });
  const posts = stage.posts(topic).filter((post) => post.seq > seq && post.from.is_bot);
  assert.equal(posts.map(words).join('\n'), parts.join('\n'));
  assert.equal(posts.length, 2);
});

scene('an album arrives whole and in order; a message is deleted on the other side', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  const items = [1, 2, 3].map((n) => ({ photo: true, caption: `picture ${n}` }));
  stage.fake.album({ user: ann.user, items });
  await stage.posted({ topic, text: 'picture 3' });
  const captions = stage.posts(topic).filter((post) => post.kind === 'photo').map(words);
  assert.deepEqual(captions, ['picture 1', 'picture 2', 'picture 3']);

  const wrong = mia.say(topic, 'the wrong answer');
  const copy = await ann.hears(/^the wrong answer$/);
  mia.say(topic, { text: '/delete', reply_to: wrong.message_id });
  const gone = { event: 'delete', user: ann.id, timeout_ms: PATIENCE_MS };
  assert.equal((await stage.fake.waitForFact(gone)).fact.message_id, copy.message_id);
  await stage.posted({ topic, text: 'It is being deleted for the customer' });

  const old = mia.say(topic, 'what was said two days ago');
  await ann.hears(/^what was said two days ago$/);
  stage.fake.advance({ ms: 48 * 3600_000 + 1000 });
  mia.say(topic, { text: '/delete', reply_to: old.message_id });
  const text = 'Not deleted for the customer: it is too old to be changed (48 h)';
  await stage.posted({ topic, text });
});

scene('/fate tells what became of a message: a pause, then it is out', {
  agents: { mia: ['--alias', 'Miya'] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic, no } = await stage.claimed(mia);
  const fate = async (said, pattern) => {
    const { seq } = stage.fake;
    mia.say(topic, { text: '/fate', reply_to: said.message_id });
    await stage.posted({ topic, matching: pattern, after: seq });
  };
  stage.fake.addFault({ method: 'sendMessage', chat: ann.id, status: 429, retry_after: 8 });
  const said = mia.say(topic, 'please wait an hour');
  await stage.fake.waitForCall({ chat: ann.id, ok: false, timeout_ms: PATIENCE_MS });
  const redis = await stage.home.redis();
  await until(() => redis.call('HLEN', 'zaide:{g}:waits'), 'the pause in the store');
  await fate(said, 'Miya: please wait an hour – not sent yet: .* asked for a pause until \\d');
  await ann.hears(/^please wait an hour$/);
  await until(async () => / please wait an hour – delivered$/m.test(
    await stage.must('fate', no, '--as', 'mia')), 'the store to know of it');
  await fate(said, 'Miya: please wait an hour – delivered');
});

scene('two staff forums see the same case', { staff: 'none', idle: true }, async (stage) => {
  const { fake } = stage;
  const forums = ['East', 'West'].map((title) => {
    const owner = fake.addUser({ first_name: title });
    const rights = ['can_manage_topics', 'can_pin_messages', 'can_delete_messages'];
    return fake.addGroup({ title, forum: true, owner, bots: [{ bot: stage.bot.id, rights }] });
  });
  const [east, west] = forums;
  const mia = fake.addUser({ id: 2001, first_name: 'Mia' });
  fake.setMember({ chat: east, user: mia, status: 'member' });
  await stage.must('agents', 'add', 'mia', '--id', 'telegram:2001', '--role', 'admin');
  await stage.start({ env: { TELEGRAM_STAFF_CHAT: `${east.id},${west.id}` } });
  const ann = stage.customer('Ann');
  ann.say(UNKNOWN);
  const cards = [];
  for (const { id } of forums)
    cards.push(await fake.waitForMessage({ chat: id, text: 'case #', timeout_ms: PATIENCE_MS }));
  const [card] = cards;
  await fake.press({ user: mia, chat: east, message_id: card.message_id, data: 'claim' });
  await ann.hears(/^mia is with you now/);
  for (const { id } of forums)
    await fake.waitForMessage({ chat: id, text: 'mia has this case', timeout_ms: PATIENCE_MS });
  fake.say({ user: mia, chat: east, topic: card.message_thread_id, text: 'good morning, Ann' });
  await ann.hears(/^good morning, Ann$/);
  await fake.waitForMessage({ chat: west.id, text: 'good morning, Ann', timeout_ms: PATIENCE_MS });
  ann.say('good morning, Mia');
  for (const { id } of forums)
    await fake.waitForMessage({ chat: id, text: 'good morning, Mia', timeout_ms: PATIENCE_MS });
});
