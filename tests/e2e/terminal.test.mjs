// zaide from a terminal: the commands, and the console that is the platform while there is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNKNOWN, scene, until } from './harness.mjs';
import { example, firstWords } from './knowledge.mjs';
import { Terminal, startRedis } from './servers.mjs';
import { Home, PATIENCE_MS, command } from './zaide.mjs';

/** A test with a folder of its own; `run` is a command in it. */
function homely(name, body) {
  test(name, { timeout: 3 * PATIENCE_MS }, async () => {
    const home = new Home();
    try {
      await body(home, (...words) => command(home, {}, ...words));
    } finally {
      home.remove();
    }
  });
}

homely('zaide agents add, list, remove', async (home, run) => {
  const empty = await run('agents', 'list');
  assert.deepEqual([empty.code, empty.err], [0, '']);
  assert.match(empty.out, /No agents are registered.*zaide agents add NAME --role admin/);

  for (const words of [
    [], ['list', 'all'], ['add'], ['add', 'mia', '--id'], ['remove'], ['remove', 'a', 'b'],
    ['dismiss', 'mia'], ['add', 'mia', '--id', 'telegram:1', '--colour', 'red'],
  ]) {
    const { code, err, out } = await run('agents', ...words);
    assert.deepEqual([code, out], [2, ''], words.join(' '));
    assert.match(err, /^usage: zaide agents list\n.*agents remove NAME\n.*agents add NAME --id/);
  }
  const wrong = [
    [['--role', 'boss'], /--role boss: agent, lead, manager or admin/],
    [['--id', '123'], /--id 123: platform:number, as telegram:123456/],
    [['--capacity', '-1'], /--capacity -1: a number of cases/],
    [['--capacity', 'many'], /--capacity many: a number of cases/],
    [['--shift', '9-17'], /--shift 9-17: local hours, as 09:00-24:00/],
    [['--shift', '09:00-24:30'], /--shift 09:00-24:30: /],
    [['--tz', 'Mars/Olympus'], /--tz Mars\/Olympus: an IANA time zone/],
    [['--languages', 'Chinese'], /--languages Chinese: codes with commas between, as zh,en/],
    [['--languages', ''], /--languages : codes/],
  ];
  for (const [words, pattern] of wrong) {
    const { code, err } = await run('agents', 'add', 'mia', '--id', 'telegram:1', ...words);
    assert.equal(code, 2, err);
    assert.match(err, pattern);
  }
  for (const name of ['Mia', 'mai anh', '', '../x']) {
    const { code, err } = await run('agents', 'add', name, '--id', 'telegram:1');
    assert.equal(code, 2);
    assert.match(err, /NAME .*: lower-case letters, digits, - and _/);
  }
  const nobody = await run('agents', 'add', 'mia', '--role', 'lead');
  assert.equal(nobody.code, 2);
  assert.match(nobody.err, /--id is missing/);

  const all = ['--role', 'lead', '--languages', 'zh,en', '--team', 'wallet,kyc', '--skills', 'p2p',
    '--capacity', '3', '--shift', '22:00-06:00', '--tz', 'Asia/Shanghai', '--alias', 'Miya Tran'];
  const ids = ['--id', 'telegram:1', '--id', 'console:mia'];
  const added = await run('agents', 'add', 'mia', ...ids, ...all);
  assert.deepEqual([added.code, added.out], [0, 'saved mia\n']);
  const taken = await run('agents', 'add', 'bob', '--id', 'telegram:2', '--id', 'telegram:1');
  assert.equal(taken.code, 1);
  assert.match(taken.err, /that id belongs to mia: zaide agents remove mia first/);
  assert.equal((await run('agents', 'add', 'bob', '--id', 'telegram:12')).code, 0);
  const { out: listed } = await run('agents', 'list');
  assert.match(listed, /^mia +lead +Miya Tran +zh en +22:00-06:00 Asia\/Shanghai +open 0\/3 /m);
  assert.match(listed, /telegram:1 console:mia +team wallet kyc/);
  assert.match(listed, /^bob +agent +bob +always UTC +open 0 +on shift +telegram:12$/m);
  assert.equal((await run('agents', 'add', 'bob', '--id', 'telegram:3')).code, 0, 'changed');
  assert.match((await run('agents', 'list')).out, /^bob .*telegram:3$/m);

  const removed = await run('agents', 'remove', 'bob');
  assert.deepEqual([removed.code, removed.out], [0, 'removed bob\n']);
  const gone = await run('agents', 'remove', 'bob');
  assert.equal(gone.code, 1);
  assert.match(gone.err, /no agent is called bob: see zaide agents list/);
});

homely('--help of zaide and of each command', async (home, run) => {
  const all = await run('--help');
  const names = new Set(Array.from(all.out.matchAll(/^ {2}zaide (\w+)/gm), ([, name]) => name));
  assert.ok(names.size > 15, all.out);
  for (const name of names) {
    const { code, out, err } = await run(name, '--help');
    assert.deepEqual([code, err], [0, ''], name);
    assert.ok(out.startsWith(`usage: zaide ${name}`), `${name}: ${out}`);
  }
  assert.match((await run('agents', '--help')).out, /agents add NAME --id[^]*who may answer/);
  assert.match((await run('stats', '-h')).out, /Days in UTC/);
});

homely('nothing has happened yet: cases and stats say so', async (home, run) => {
  const cases = await run('cases');
  assert.deepEqual([cases.code, cases.out], [0, 'No open cases. Everybody has been answered.\n']);
  assert.equal((await run('cases', '--json')).out, '[]\n');
  const stats = await run('stats');
  assert.deepEqual([stats.code, stats.out], [0, 'Nothing was counted in these days yet.\n']);
  assert.equal((await run('stats', '--json')).out, '{}\n');
  for (const words of [['--from', 'monday'], ['--from', '2026-13-01'], ['--from', '2026-02-31'], ['--to'], ['today'],
    ['--from', '2026-02-02', '--to', '2026-02-01']]) {
    const { code, err } = await run('stats', ...words);
    assert.deepEqual([code, /^usage: zaide stats/.test(err)], [2, true], words.join(' '));
  }
  for (const words of [['cases', 'all'], ['claim'], ['claim', '1'], ['claim', 'x', '--as', 'mia'],
    ['reply', '1', '--as', 'mia'], ['reply', '1', '--as', 'mia', ''], ['claim', '1', '--as'],
    ['reply', '1', '--as', 'mia', '--canned', 'txid', 'and more'], ['reply', '--canned', 'txid'],
    ['note', '1', '--as', 'mia', '--canned', 'txid'], ['close', '1', '--as', 'mia', 'bye'], ['reply', '1', '--as', 'mia', '/close'],
    ['ask'], ['knowledge'], ['ask', '--lang', 'xx', 'hi']]) {
    const { code, out, err } = await run(...words);
    assert.deepEqual([code, out], [2, ''], `${words.join(' ')}: ${err}`);
    assert.ok(err.length > 10);
  }
});

scene('claim, reply, note, release and close from a terminal; statistics before a closing', {
  agents: { mia: ['--alias', 'Miya'], bob: [] },
}, async (stage) => {
  const { customer: ann, no } = await stage.asked('Ann');
  await until(async () => (await stage.must('cases')).includes(`#${no}`), 'the case');
  const refused = async (pattern, ...words) => {
    const { code, err, out } = await stage.run(...words);
    assert.deepEqual([code, out], [1, ''], words.join(' '));
    assert.match(err, pattern);
  };
  const [open] = JSON.parse(await stage.must('cases', '--json'));
  const { state, name, lang, owner, reason, priority, conversation } = open;
  assert.deepEqual({ state, name, lang, owner, reason, priority }, {
    state: 'WAITING', name: 'Ann', lang: 'en', owner: '', reason: 'unsure', priority: 2,
  });
  assert.deepEqual([open.case, conversation], [Number(no), `telegram:${stage.bot.id}:${ann.id}`]);
  assert.ok(open.since_ms > Date.now() - 60_000 && open.unanswered_ms > 0);

  await refused(/no agent is called zoe: see zaide agents list/, 'claim', no, '--as', 'zoe');
  await refused(/no open case #77: see zaide cases/, 'claim', '77', '--as', 'mia');
  const unclaimed = new RegExp(`nobody has claimed case #${no}: zaide claim ${no} --as mia`);
  await refused(unclaimed, 'release', no, '--as', 'mia');
  await refused(unclaimed, 'reply', no, '--as', 'mia', 'hello');
  await refused(unclaimed, 'reply', no, '--as', 'mia', '--canned', 'txid');
  await stage.must('claim', `#${no}`, '--as', 'mia');
  await refused(/Miya has this case/, 'claim', no, '--as', 'bob');
  await refused(/Miya has this case/, 'reply', no, '--as', 'bob', 'me, too');
  await refused(/Miya has this case/, 'close', no, '--as', 'bob');
  await stage.must('note', no, '--as', 'bob', 'SECRET note');
  await stage.must('reply', no, '--as', 'mia', 'Hello\nAnn');
  await ann.hears(/^Hello\nAnn$/);
  const listed = await stage.must('reply', no, '--as', 'bob', '--canned');
  assert.match(listed, /^Canned replies: [^]*^txid  Could you please send me /m);
  const gone = ['reply', no, '--as', 'mia', '--canned', 'txit'];
  await refused(/^No canned reply is called txit\.[^]*Perhaps: txid$/m, ...gone);
  await refused(/Miya has this case/, 'reply', no, '--as', 'bob', '--canned', 'txid');
  const sent = await stage.must('reply', no, '--as', 'mia', '--canned', 'txid');
  const said = await ann.hears(/^Could you please send me the transaction hash/);
  assert.equal(sent, `${said.text}\n`, 'the terminal shows what went out');
  await stage.posted({ text: `To the customer:\n${said.text}` });
  await stage.must('release', no, '--as', 'mia');

  const stats = await stage.must('stats');
  assert.match(stats, /^cases opened +1$/m);
  assert.match(stats, /^cases closed +0$/m);
  assert.match(stats, /^rating \(1-5\) +–$/m, 'no rating is no 0');
  assert.doesNotMatch(stats, / 0\.0|100 %/);

  await stage.must('claim', no, '--as', 'bob');
  await stage.must('close', no, '--as', 'bob');
  await refused(/no open case #/, 'close', no, '--as', 'bob');
  assert.ok(!stage.fake.messages({ user: ann.id }).some(({ text }) => /SECRET|me, too/.test(text)));
});

scene('statistics of a day on which nobody was answered', {}, async (stage) => {
  await stage.asked('Ann');
  const stats = await stage.must('stats');
  assert.match(stats, /^messages in +1$/m);
  for (const mean of ['first response', 'mean response', 'rating \\(1-5\\)'])
    assert.match(stats, new RegExp(`^${mean} +–$`, 'm'));
  const earlier = await stage.must('stats', '--from', '2026-01-01', '--to', '2026-01-31');
  assert.equal(earlier, 'Nothing was counted in these days yet.\n');
});

// --- the console ---

homely('the console: a question answered, another queued, claimed, answered, closed, rated', async (
  home, run,
) => {
  const console_ = new Terminal(home);
  await console_.shows(/Its log is in (\S+zaide\.log)/);
  console_.types(example('en', 'security', 'twofa_bind'));
  await console_.shows(new RegExp(`zaide > +(?:.*\\n.*)?${firstWords('en', 'security', 'twofa_bind')}`));
  console_.types(UNKNOWN);
  await console_.shows(/zaide > .*#(\d+)/);
  await console_.shows(/staff \| +.*the bot was not sure|staff \| +== #\d+ you/);
  console_.types('@mia');
  await console_.shows(/@name text: speak as an agent/);
  console_.types('@mia /claim');
  await console_.shows(/zaide > +mia is with you now/);
  console_.types("@mia Hello, I'm Mia. Which lamp is it?");
  await console_.shows(/zaide > +Hello, I'm Mia\. Which lamp is it\?/);
  console_.types('the left one');
  await console_.shows(/staff \| +the left one/);
  assert.match((await run('cases')).out, /CLAIMED .*mia .*you/, 'other terminals see it, too');
  console_.types('@mia /close');
  await console_.shows(/Is everything solved\?[^]*!1 Yes, solved/);
  console_.types('!7');
  await console_.shows(/no such button/);
  console_.types('!1');
  await console_.shows(/from 1 \(poor\) to 5 \(great\)\?[^]*\[!5 5\]/);
  console_.types('!5');
  await console_.shows(/zaide > +Thank you, that helps us get better/);
  assert.equal(await console_.endOfInput(), 0);
  assert.doesNotMatch(console_.screen, /\d{4}-\d\d-\d\dT|Sanitizer|runtime error|\{[A-Za-z_]+\}/,
    'the log runs into its file');
  assert.match((await run('stats')).out, /^rating \(1-5\) +5\.0$/m);
});

homely('the console started again: staff goes on in the topic there is', async (home) => {
  const first = new Terminal(home);
  await first.shows(/Type as a customer/);
  first.types(UNKNOWN);
  await first.shows(new RegExp(`staff \\| +${UNKNOWN}`));
  assert.equal(await first.endOfInput(), 0);

  const second = new Terminal(home);
  await second.shows(/Type as a customer/);
  second.types('@mia /claim');
  await second.shows(/no topic is open here yet: write as a customer first/);
  second.types('are you there?');
  await second.shows(/staff \| +are you there\?/);
  second.types('@mia /claim');
  await second.shows(/zaide > +mia is with you now/);
  assert.equal(await second.endOfInput(), 0);
});

homely('the console on another Redis, where there is no data folder yet', async (home) => {
  const redis = await startRedis();
  const console_ = new Terminal(home, { REDIS_URL: redis.url });
  await console_.shows(/Type as a customer/);
  console_.types('hello');
  await console_.shows(/zaide > +Hi, I'm here/);
  assert.equal(await console_.endOfInput(), 0);
  await redis.stop();
});
