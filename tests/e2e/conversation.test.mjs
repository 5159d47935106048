// The main job: a customer's message in, an answer or an agent's reply out.
import assert from 'node:assert/strict';
import { UNKNOWN, scene, until, words } from './harness.mjs';
import { example, firstWords } from './knowledge.mjs';
import { PATIENCE_MS } from './zaide.mjs';

scene('what is known is answered at once: Chinese, English, Vietnamese', {}, async (stage) => {
  for (const language of ['zh', 'en', 'vi']) {
    const ann = stage.customer('Ann', { language_code: language });
    ann.say(example(language, 'security', 'twofa_bind'));
    const answer = await ann.hears('', { text: firstWords(language, 'security', 'twofa_bind') });
    const labels = answer.reply_markup.inline_keyboard.flat();
    assert.ok(labels.some(({ callback_data }) => callback_data === 'human'), 'a way to a person');
    await ann.press(answer, { data: 'solved:yes' });
    if (language === 'en') await ann.hears(/^Good to hear/);
  }
  assert.equal(stage.fake.calls({ method: 'createForumTopic' }).length, 0, 'no case was opened');
});

scene('an unknown question: card, race for the claim, reply, close, rating', {
  agents: { mia: ['--alias', 'Miya'], bob: ['--alias', 'Bob'] },
}, async (stage) => {
  const { mia, bob } = stage.people;
  const ann = stage.customer('Ann', { username: 'ann_x' });
  ann.say(UNKNOWN);
  const { text } = await ann.hears(/^I'm a bot, and there[^]*you are next\. Your case is #\d+/);
  const [, no] = /#(\d+)/.exec(text);

  const topic = await stage.topic(`#${no} Ann`);
  const card = await stage.posted({ topic, text: `case #${no}` });
  assert.match(card.text, /Ann \(@ann_x\) · telegram · en/);
  assert.match(card.text, /the bot was not sure/);
  await stage.posted({ topic, text: UNKNOWN });

  const toasts = await Promise.all([mia, bob].map((agent) => agent.press(card, 'Claim')));
  const lost = toasts.findIndex(({ text: toast }) => /has this case/.test(toast));
  const [winner, loser] = lost === 0 ? [bob, mia] : [mia, bob];
  const alias = winner === mia ? 'Miya' : 'Bob';
  assert.equal(toasts.filter(({ text: toast }) => toast).length, 1, 'one of two is told no');
  assert.match(toasts[lost].text, new RegExp(`^${alias} has this case`));
  await ann.hears(`^${alias} is with you now`);

  winner.say(topic, 'Hello Ann, which lamp is it?');
  await ann.hears(/^Hello Ann, which lamp is it\?$/);
  loser.say(topic, 'let me say something too');
  await stage.posted({ topic, text: `Kept as a note: ${alias} has this case` });
  ann.say('the left one');
  await stage.posted({ topic, text: 'the left one' });

  winner.say(topic, '/close');
  const asked = await ann.hears(new RegExp(`finished with your case #${no}.*solved`));
  await ann.press(asked, 'Yes, solved');
  const rate = await ann.hears(/from 1 \(poor\) to 5 \(great\)/);
  await ann.press(rate, '5');
  await ann.hears(/^Thank you, that helps/);
  const late = await ann.press(rate, '3');
  assert.match(late.text, /answered already/);
  await stage.posted({ topic, text: `Rated 5 of 5 (case #${no}` });
  const named = () => stage.fake.topics({ chat: stage.staff }).find(({ id }) => id === topic);
  await stage.fake.waitFor(() => named().closed && named().name.startsWith('✓'), 60_000);

  assert.equal(ann.heard().filter((post) => /is with you now/.test(words(post))).length, 1);
  assert.ok(!ann.heard().some((post) => words(post).includes('something too')));
});

scene('a claim from a terminal and one by button: one wins', {
  agents: { mia: [], bob: [] },
}, async (stage) => {
  const { bob } = stage.people;
  for (const name of ['Ann', 'Ben', 'Cleo']) {
    const ann = stage.customer(name);
    ann.say(UNKNOWN);
    const [, no] = /#(\d+)/.exec((await ann.hears(/[Yy]our case is #\d+/)).text);
    const card = await stage.posted({ topic: await stage.topic(name), text: `case #${no}` });
    await until(async () => (await stage.must('cases')).includes(`#${no}`), 'the case in the list');
    const [terminal, toast] = await Promise.all([
      stage.run('claim', no, '--as', 'mia'), bob.press(card, 'Claim'),
    ]);
    const won = [terminal.code === 0, !/has this case/.test(toast.text)];
    assert.notEqual(won[0], won[1], `of two claims one wins: ${terminal.err} / ${toast.text}`);
    await ann.hears(won[0] ? /^mia is with you now/ : /^bob is with you now/);
  }
});

scene('before a claim plain words are held: claim and send, or keep as a note', {
  agents: { mia: ['--alias', 'Miya'] },
}, async (stage) => {
  const { mia } = stage.people;
  const ann = stage.customer('Ann');
  ann.say(UNKNOWN);
  const topic = await stage.topic('Ann');
  await stage.posted({ topic, text: UNKNOWN });

  const { seq } = stage.fake;
  mia.say(topic, 'perhaps she means the fan');
  const first = await stage.posted({ topic, text: 'Nobody has claimed this case', after: seq });
  assert.match((await mia.press(first, 'Keep as a note')).text, /Kept as a note/);
  const hello = mia.say(topic, 'Hello Ann, I look into it');
  const second = await stage.posted({ topic, text: 'Nobody has claimed', after: first.fact.seq });
  assert.match((await mia.press(second, 'Claim and send')).text, /Sent/);
  await ann.hears(/^Miya is with you now/);
  const copy = await ann.hears(/^Hello Ann, I look into it$/);
  assert.match((await mia.press(second, 'Claim and send')).text, /decided already/);
  assert.ok(!ann.heard().some((post) => words(post).includes('the fan')));

  mia.edit(hello, 'Hello Ann, I look into it now');
  const there = { user: ann.id, timeout_ms: PATIENCE_MS };
  const edit = await stage.fake.waitForFact({ ...there, event: 'edit', text: 'into it now' });
  ann.say({ text: 'thank you', reply_to: copy.message_id });
  const thanks = await stage.posted({ topic, text: 'thank you' });
  mia.say(topic, { text: '/delete', reply_to: hello.message_id });
  const gone = await stage.fake.waitForFact({ ...there, event: 'delete' });
  assert.deepEqual([edit.message_id, gone.fact.message_id], [copy.message_id, copy.message_id]);
  assert.equal(thanks.reply_to_message.message_id, hello.message_id);
});

scene('notes never reach the customer', { agents: { mia: [], bob: [] } }, async (stage) => {
  const { mia, bob } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  mia.say(topic, '// she sounds angry SECRET1');
  const colleague = bob.say(topic, '// I know her SECRET2');
  mia.say(topic, { text: 'thanks, SECRET3', reply_to: colleague.message_id });
  mia.say(topic, '/note SECRET4 for later');
  await stage.posted({ topic, text: 'Kept as a note.' });
  const note = mia.say(topic, '// SECRET5');
  mia.edit(note, '// SECRET6');
  mia.say(topic, 'and this is for Ann');
  await ann.hears(/^and this is for Ann$/);
  assert.deepEqual(ann.heard().map(words).filter((text) => text.includes('SECRET')), []);
});

scene('edits reach the other side', { agents: { mia: [] } }, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  const said = mia.say(topic, 'Please send the TXD');
  const copy = await ann.hears(/^Please send the TXD$/);
  mia.edit(said, 'Please send the TXID');
  const edit = { event: 'edit', user: ann.id, text: 'Please send the TXID' };
  const changed = await stage.fake.waitForFact({ ...edit, timeout_ms: 60_000 });
  assert.equal(changed.message_id, copy.message_id, 'the same message, not a second one');

  const own = ann.say('my uid is 1234');
  await stage.posted({ topic, text: 'my uid is 1234' });
  ann.edit(own, 'my uid is 12345');
  await stage.posted({ topic, matching: 'Edited:\\s+my uid is 12345' });
});

scene('/language and /human', { agents: { mia: [] } }, async (stage) => {
  const ann = stage.customer('Ann');
  ann.say('/language');
  const asked = await ann.hears(/^Which language do you prefer\?/);
  await ann.press(asked, 'Tiếng Việt');
  await ann.hears('.');
  ann.say('/human');
  const { text } = await ann.hears(/#\d+/);
  assert.match(text, /ạ|em|người/, 'in Vietnamese now');
  const topic = await stage.topic('Ann');
  const card = await stage.posted({ topic, text: 'asked for a person' });
  assert.match(card.text, /Ann · telegram · vi/);

  const ben = stage.customer('Ben');
  ben.say({ text: '/start' });
  const hello = await ben.hears(/^Hi, I'm here\. I'm a bot/);
  await ben.press(hello, 'Talk to a person');
  await ben.hears(/[Yy]our case is #\d+/);
});

scene('a burst of 12 messages is one post for staff', { agents: { mia: [] } }, async (stage) => {
  const { ann, topic } = await stage.claimed(stage.people.mia);
  const { seq } = stage.fake;
  for (let i = 1; i <= 12; i++) ann.say(`line ${i} of 12`);
  await stage.posted({ topic, text: 'line 12 of 12', after: seq });
  const posts = stage.posts(topic).filter((post) => /line \d+ of 12/.test(words(post)));
  assert.equal(posts.length, 1);
  const lines = words(posts[0]).split('\n');
  assert.deepEqual(lines, Array.from({ length: 12 }, (_, i) => `line ${i + 1} of 12`));
});

scene('40 messages within a minute are one case, none lost', {
  agents: { mia: [] },
}, async (stage) => {
  const ann = stage.customer('Ann');
  const started = performance.now();
  for (let i = 1; i <= 40; i++) {
    ann.say(`the red lamp blinks, says sentence ${i}.`);
    await stage.fake.waitFor(() => stage.fake.queue({}).pending === 0, 60_000, 'the confirmation');
  }
  assert.ok(performance.now() - started < 60_000);
  const topic = await stage.topic('Ann');
  await stage.posted({ topic, text: 'says sentence 40.' });
  const seen = stage.posts(topic).map(words).join('\n').match(/sentence \d+(?=\.)/g);
  assert.deepEqual(seen, Array.from({ length: 40 }, (_, i) => `sentence ${i + 1}`));
  assert.equal(stage.fake.calls({ method: 'createForumTopic' }).length, 1);
  assert.ok(ann.heard().length < 6, 'the customer is not flooded with confirmations');
  const open = JSON.parse(await stage.must('cases', '--json'));
  assert.equal(open.length, 1);
});

scene('a photo without words: one question; the second goes to a person', {
  agents: { mia: [] },
}, async (stage) => {
  const ann = stage.customer('Ann');
  ann.say({ photo: true });
  const asked = await ann.hears(/What is it about\?/);
  const buttons = asked.reply_markup.inline_keyboard.flat().map((b) => b.callback_data);
  assert.ok(buttons.filter((data) => data.startsWith('topic:')).length >= 3);
  ann.say({ photo: true });
  await ann.hears(/[Yy]our case is #\d+/);
  const topic = await stage.topic('Ann');
  await stage.posted({ topic, text: 'a file without words' });
  await stage.posted({ topic, kind: 'photo' });

  const ben = stage.customer('Ben');
  ben.say({ photo: true });
  await ben.press(await ben.hears(/What is it about\?/), { data: 'topic:wrong_chain_deposit' });
  await ben.press(await ben.hears(/Which coin did you send\?/), { data: 'human' });
  await ben.hears(/case is #\d+/);
  const second = await stage.topic('Ben');
  const card = await stage.posted({ topic: second, text: 'case #' });
  assert.match(card.text, /wrong_chain_deposit/);
});

scene('SIGTERM drains, the next start goes on with the case', {
  agents: { mia: ['--alias', 'Miya'] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  for (let i = 1; i <= 5; i++) ann.say(`before the end ${i}`);
  await stage.fake.waitFor(() => stage.fake.queue({}).pending === 0, 60_000, 'the confirmation');
  assert.equal(await stage.zaide.stop(), 0);
  assert.equal(stage.home.redisPid(), 0, 'the embedded server is gone too');
  ann.say('said while nobody was there');
  mia.say(topic, 'my answer, too');

  await stage.start();
  await ann.hears(/^my answer, too$/);
  await stage.posted({ topic, text: 'said while nobody was there' });
  const seen = stage.posts(topic).map(words).join('\n').match(/before the end \d|while nobody/g);
  const all = [1, 2, 3, 4, 5].map((i) => `before the end ${i}`);
  assert.deepEqual(seen, [...all, 'while nobody']);
  assert.equal(stage.fake.calls({ method: 'createForumTopic' }).length, 1);
});

scene('the queue from a terminal', { agents: { mia: ['--alias', 'Miya'] } }, async (stage) => {
  const today = ['stats', '--from', new Date().toISOString().slice(0, 10)]; // midnight may pass
  assert.match(await stage.must('cases'), /No open cases/);
  assert.match(await stage.must(...today), /Nothing was counted|–/);
  const ann = stage.customer('Ann');
  ann.say(UNKNOWN);
  const [, no] = /#(\d+)/.exec((await ann.hears(/[Yy]our case is #\d+/)).text);
  assert.match(await stage.must('cases'), new RegExp(`#${no} .*WAITING.*Ann`));
  assert.equal((await stage.run('claim', no)).code, 2, 'nobody named');
  assert.equal((await stage.run('claim', no, '--as', 'zoe')).code, 1, 'no such agent');
  assert.equal((await stage.run('claim', '999999', '--as', 'mia')).code, 1, 'no such case');
  await stage.must('claim', no, '--as', 'mia');
  await ann.hears(/^Miya is with you now/);
  await stage.must('reply', no, '--as', 'mia', 'Hello from the terminal');
  await ann.hears(/^Hello from the terminal$/);
  await stage.must('note', no, '--as', 'mia', 'HIDDEN a note');
  await stage.must('close', no, '--as', 'mia');
  const asked = await ann.hears(/Is everything solved\?/);
  await ann.press(asked, 'Yes, solved');
  await ann.press(await ann.hears(/from 1/), '4');
  await ann.hears(/^Thank you, that helps/);
  assert.match(await stage.must('cases'), /No open cases/);
  const stats = JSON.parse(await stage.must(...today, '--json'));
  const { 'cases.opened': opened, 'cases.closed': closed, 'first.n': first } = stats;
  assert.deepEqual([opened, closed, first, stats['rating.sum']], [1, 1, 1, 4]);
  assert.match(await stage.must(...today), /rating \(1-5\) +4\.0/);
  assert.ok(!ann.heard().some((post) => words(post).includes('HIDDEN')));
});

scene('what is done from a terminal shows in the forum', {
  agents: { mia: ['--alias', 'Miya'] },
}, async (stage) => {
  const ann = stage.customer('Ann');
  ann.say(UNKNOWN);
  const [, no] = /#(\d+)/.exec((await ann.hears(/[Yy]our case is #\d+/)).text);
  const topic = await stage.topic('Ann');
  await stage.posted({ topic, text: UNKNOWN });
  await stage.must('claim', no, '--as', 'mia');
  await stage.posted({ topic, text: 'Miya has this case' });
  await stage.must('reply', no, '--as', 'mia', 'Hello from the terminal');
  await stage.posted({ topic, text: 'Hello from the terminal' });
  await stage.must('note', no, '--as', 'mia', 'HIDDEN a note');
  await stage.posted({ topic, text: 'HIDDEN a note' });
  await stage.must('close', no, '--as', 'mia');
  await stage.posted({ topic, text: `Miya closed case #${no}` });
});

scene('/healthz and /metrics', { agents: { mia: [] } }, async (stage) => {
  const health = await stage.zaide.health();
  assert.deepEqual([health.status, health.ok, health.redis], [200, true, 'ok']);
  assert.equal(health.platforms.telegram, 'ok');
  const ann = stage.customer('Ann');
  ann.say(UNKNOWN);
  await ann.hears(/[Yy]our case is #\d+/);
  const metrics = await until(async () => {
    const now = await stage.zaide.metrics();
    return now.cases_waiting === 1 && now.sends_total >= 2 && now;
  }, 'the case in the metrics');
  assert.equal(metrics.store_up, 1);
  assert.equal(metrics.platform_up, 1);
  assert.equal((await fetch(`${stage.zaide.url}/nothing`)).status, 404);
});
