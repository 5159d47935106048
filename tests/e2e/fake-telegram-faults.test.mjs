// Limits, faults, the ground truth, load, and the control API from another process.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TOKEN, client, remote, rig } from './fake-telegram/rig.mjs';

describe('limits', () => {
  let scene;
  beforeEach(async () => {
    scene = await rig({ clock: { frozen: true }, limits: { graceMs: 0 } });
  });
  afterEach(() => scene.fake.close());

  test('a private chat takes a burst of 3, then one a second', async () => {
    const { fake, ann, call, ok } = scene;
    const send = () => call('sendMessage', { chat_id: ann.id, text: 'x' });
    for (let i = 0; i < 3; i++) assert.ok((await send()).ok);
    const refused = await send();
    assert.deepEqual(refused.parameters, { retry_after: 1 });
    assert.equal(refused.headers.get('retry-after'), '1');
    assert.equal(refused.description, 'Too Many Requests: retry after 1');
    fake.advance({ ms: 1000 });
    assert.ok((await send()).ok);
    assert.deepEqual(fake.violations(), []);
    assert.equal(await ok('sendChatAction', { chat_id: ann.id, action: 'typing' }), true);
  });

  test('a group takes 20 in 60 s over all topics, edits and new topics included', async () => {
    const { fake, staff, call, ok } = scene;
    const sent = [];
    for (let i = 0; i < 9; i++) {
      const { message_thread_id } = await ok('createForumTopic', {
        chat_id: staff.id,
        name: `T${i}`,
      });
      sent.push(await ok('sendMessage', { chat_id: staff.id, message_thread_id, text: 'x' }));
      fake.advance({ ms: 1000 });
    }
    const edit = (text) =>
      call('editMessageText', { chat_id: staff.id, message_id: sent[0].message_id, text });
    assert.ok((await edit('y')).ok);
    assert.ok((await edit('z')).ok);
    const refused = await edit('w');
    assert.deepEqual([refused.status, refused.parameters.retry_after], [429, 51]);
    fake.advance({ ms: 50_000 });
    assert.equal((await edit('early')).parameters.retry_after, 1);
    const [violation] = fake.violations();
    assert.deepEqual(
      [violation.method, violation.chat, violation.early_ms],
      ['editMessageText', staff.id, 1000],
    );
    fake.advance({ ms: 1000 });
    assert.ok((await edit('in time')).ok);
    assert.equal(fake.violations().length, 1);
  });

  test('bulk: 30 a second over all chats, replies not counted', async () => {
    const { fake, ann, call } = scene;
    const users = Array.from({ length: 40 }, () => fake.addUser());
    for (const user of users) fake.start({ user });
    fake.advance({ ms: 120_000 });
    fake.say({ user: ann, text: 'question' });
    const answers = [];
    for (const user of users)
      answers.push(await call('sendMessage', { chat_id: user.id, text: 'news' }));
    assert.equal(answers.filter(({ ok }) => ok).length, 30);
    assert.equal(answers[30].parameters.retry_after, 1);
    fake.advance({ ms: 1000 });
    assert.ok((await call('sendMessage', { chat_id: ann.id, text: 'answer' })).ok);
  });
});

describe('faults', () => {
  let scene;
  beforeEach(async () => {
    scene = await rig();
  });
  afterEach(() => scene.fake.close());

  const send = () => scene.call('sendMessage', { chat_id: scene.ann.id, text: 'x' });
  const delivered = () => scene.fake.truth().filter(({ out }) => out).length;

  test('refusals strike n times, of one method, in JSON and in HTML', async () => {
    const { fake } = scene;
    fake.addFault({ method: 'sendmessage', times: 2, status: 500 });
    assert.deepEqual(
      [(await send()).status, (await send()).status, (await send()).status],
      [500, 500, 200],
    );
    fake.addFault({ status: 502, html: true });
    const answer = await fetch(`${fake.url}/bot${TOKEN}/getMe`);
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [502, 'text/html']);
    assert.match(await answer.text(), /<h1>502 Bad Gateway<\/h1>/);
    assert.equal(delivered(), 1);
  });

  test('a scripted 429 must be obeyed like a real one', async () => {
    const { fake, ann } = scene;
    fake.setLimits({ limits: { private: null, bulk: null, group: null, graceMs: 0 } });
    fake.addFault({ chat: ann.id, status: 429, retry_after: 30 });
    assert.equal((await send()).parameters.retry_after, 30);
    assert.equal((await send()).parameters.retry_after, 30);
    assert.equal(fake.violations().length, 1);
    fake.advance({ ms: 30_000 });
    assert.ok((await send()).ok);
  });

  test('sockets are cut before, after and in the middle', async () => {
    const { fake } = scene;
    for (const [cut, count] of [
      ['before', 0],
      ['after', 1],
      ['half', 2],
    ]) {
      fake.addFault({ method: 'sendMessage', cut });
      await assert.rejects(send());
      assert.equal(delivered(), count);
    }
    assert.throws(() => fake.addFault({ cut: 'before', chat: 1 }), /cannot look at the chat/);
  });

  test('answers are broken, huge, late', async () => {
    const { fake } = scene;
    const raw = async () => (await fetch(`${fake.url}/bot${TOKEN}/getMe`)).text();
    fake.addFault({ malformed: true });
    const broken = await raw();
    assert.throws(() => JSON.parse(broken), SyntaxError);
    fake.addFault({ huge: 1 << 20 });
    assert.equal((await raw()).length, 1 << 20);
    fake.addFault({ slow: 60_000 });
    const late = raw();
    await fake.waitForCall({ method: 'getMe', after: 2 });
    fake.advance({ ms: 60_000 });
    assert.equal(JSON.parse(await late).ok, true);
  });

  test('random faults are the same for the same seed', async () => {
    const { fake } = scene;
    const run = async () => {
      fake.addFault({ status: 504, probability: 0.5, seed: 7 });
      const seen = [];
      for (let i = 0; i < 12; i++) seen.push((await send()).status);
      fake.clearFaults();
      return seen;
    };
    const first = await run();
    assert.deepEqual(await run(), first);
    assert.deepEqual([...new Set(first)].sort(), [200, 504]);
  });
});

describe('ground truth and load', () => {
  test('every message, edit and deletion is one numbered line', async () => {
    const { fake, ann, me, ok } = await rig();
    const from = fake.seq;
    fake.say({ user: ann, text: 'q' });
    const { message_id } = await ok('sendMessage', { chat_id: ann.id, text: 'a' });
    await ok('editMessageText', { chat_id: ann.id, message_id, text: 'b' });
    await ok('deleteMessage', { chat_id: ann.id, message_id });
    const lines = fake.truth({ after: from });
    assert.deepEqual(
      lines.map(({ event, text, out }) => [event, text, out]),
      [
        ['message', 'q', false],
        ['message', 'a', true],
        ['edit', 'b', true],
        ['delete', 'b', true],
      ],
    );
    assert.deepEqual(
      lines.map(({ seq }) => seq - from),
      [1, 2, 3, 4],
    );
    assert.deepEqual([lines[1].chat, lines[1].bot, lines[1].from], [ann.id, me.id, me.id]);
    await fake.close();
  });

  test('5,000 updates arrive complete and in order', async () => {
    const { fake, ok } = await rig();
    const done = fake.flood({ users: 1000, each: 5, text: '{n}' });
    const next = new Map();
    let offset = 0;
    for (let got = 0; got < 5000;) {
      const updates = await ok('getUpdates', { offset, timeout: 10 });
      for (const { update_id, message } of updates) {
        offset = update_id + 1;
        if (!(message?.from.id >= 1_000_001)) continue;
        const expected = (next.get(message.from.id) ?? 0) + 1;
        assert.equal(message.text, String(expected));
        next.set(message.from.id, expected);
        got++;
      }
    }
    assert.deepEqual(await done, { messages: 5000 });
    await fake.close();
  });

  test('memory is bounded: history, calls and truth keep the newest', async () => {
    const { fake, ann } = await rig({ keepPrivateMessages: 10, keepTruth: 20, keepCalls: 5 });
    for (let i = 1; i <= 50; i++) fake.say({ user: ann, text: `m${i}` });
    assert.deepEqual(
      fake
        .messages({ user: ann })
        .map(({ text }) => text)
        .at(0),
      'm41',
    );
    assert.equal(fake.truth().length, 20);
    assert.equal((await fake.waitForFact({ text: 'm50' })).text, 'm50');
    await fake.close();
  });

  test('what does not come is named', async () => {
    const { fake } = await rig();
    await assert.rejects(
      fake.waitForMessage({ text: 'never', timeout_ms: 1 }),
      /a fact like .*never.* did not come within 1 ms/,
    );
    await fake.close();
  });
});

describe('from another process', () => {
  test('start.mjs prints its port and obeys the control API', async () => {
    const script = fileURLToPath(new URL('fake-telegram/start.mjs', import.meta.url));
    const child = spawn(process.execPath, [script, '--port', '0', '--limits', 'off'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface(child.stdout), 'line');
    const { port, url } = JSON.parse(line);
    assert.equal(url, `http://127.0.0.1:${port}`);
    const control = remote(url);
    const me = await control('addBot', { token: TOKEN });
    const user = await control('addUser', { first_name: 'Zoë' });
    await control('start', { user: user.id, payload: 'ref' });
    const { ok } = client(url, TOKEN);
    assert.equal((await ok('getUpdates'))[0].message.text, '/start ref');
    const heard = control('waitForMessage', { user: user.id, bot: TOKEN, matching: '^h.llo$' });
    await ok('sendMessage', { chat_id: user.id, text: 'hello' });
    assert.equal((await heard).from.id, me.id);
    assert.equal((await control('calls', { method: 'sendMessage' })).length, 1);
    assert.deepEqual(await control('violations'), []);
    await assert.rejects(control('moo'), /no such control command: moo/);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  });
});
