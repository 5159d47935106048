// An announcement to many, with kill -9 in between: nobody is missed, nobody gets it twice, the sums
// are exact. What people got is what the fake Telegram delivered, not what zaide believes.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { scene, until, words } from './harness.mjs';
import { example } from './knowledge.mjs';

const PEOPLE = 160;
const TEXT = 'Maintenance tonight: https://exchange.example/status';
const FLIGHTS = 30; // as FLIGHTS_MAX: in doubt after a crash
const CUTS = 4;
const BLOCKED = 8;

const managers = { mia: ['--role', 'manager'], bob: ['--role', 'manager'] };

/** A line of `zaide announce list`: { stage, n }. */
async function look(stage) {
  const [, at, paused = '', n] = /^1 +(\S+)( +paused)? +(\d+) recipients/.exec(await stage.must('announce', 'list')) ?? [];
  return { stage: `${at}${paused && ' paused'}`, n: Number(n) };
}

const reaches = (stage, wanted) =>
  until(async () => (await look(stage)).stage === wanted, `the stage ${wanted}`);

/** What the store has of the list: { states: { chat: state }, sums: { state: n } }. */
async function ledger(stage) {
  const redis = await stage.home.redis();
  const states = {};
  const sums = {};
  for (const key of await redis.call('KEYS', 'zaide:{*}:sent:1.1:*')) {
    const fields = await redis.call('HGETALL', key);
    for (let f = 0; f < fields.length; f += 2) states[fields[f]] = fields[f + 1].split(' ')[0];
  }
  for (const key of await redis.call('KEYS', 'zaide:{*}:job:1.1:*')) {
    const fields = await redis.call('HGETALL', key);
    for (let f = 0; f < fields.length; f += 2) {
      const [, state] = /^n\.(.*)/.exec(fields[f]) ?? [];
      if (state) sums[state] = (sums[state] ?? 0) + Number(fields[f + 1]);
    }
  }
  return { states, sums };
}

/** How often each person got it. */
function delivered(stage) {
  const times = {};
  for (const fact of stage.fake.truth())
    if (fact.out && fact.event === 'message' && fact.text === TEXT)
      times[fact.chat] = (times[fact.chat] ?? 0) + 1;
  return times;
}

const count = (times) => Object.keys(times).length;

function checkSums({ states, sums }, what) {
  const counted = {};
  for (const state of Object.values(states)) counted[state] = (counted[state] ?? 0) + 1;
  assert.deepEqual(sums, counted, `the sums are those of the list, ${what}`);
  assert.equal(Object.keys(states).length, PEOPLE, what);
}

scene('an announcement: two approve, the first hundred, everybody; killed twice on its way', {
  limits: 'off', agents: managers, timeout: 240_000,
  env: { ANNOUNCE_PER_S: '60', BRAND_HOSTS: 'exchange.example' },
}, async (stage) => {
  const people = Array.from({ length: PEOPLE }, (_, i) => stage.customer(`P${i}`));
  for (const person of people) person.say('/start');
  for (const person of people) await person.hears(/bot/);

  for (const { id } of people.slice(0, BLOCKED))
    stage.fake.addFault({ method: 'sendMessage', chat: id, status: 403,
      body: JSON.stringify({ ok: false, error_code: 403,
        description: 'Forbidden: bot was blocked by the user' }) });
  for (const { id } of people.slice(20, 24))
    stage.fake.addFault({ method: 'sendMessage', chat: id, status: 429, retry_after: 1 });
  for (const { id } of people.slice(40, 40 + CUTS))
    stage.fake.addFault({ method: 'sendMessage', chat: id, cut: 'after' });

  const file = path.join(stage.home.dir, 'news.yaml');
  writeFileSync(file, `text: {en: "${TEXT}"}\n`);
  await stage.must('announce', 'draft', file, '--as', 'mia');
  await until(async () => (await look(stage)).n === PEOPLE, 'the number of recipients');
  const n = String(PEOPLE);
  assert.equal((await stage.run('announce', 'approve', '1', '--count', n, '--as', 'mia')).code, 1);
  assert.equal((await stage.run('announce', 'approve', '1', '--count', '3', '--as', 'bob')).code, 1);
  assert.equal((await stage.run('announce', 'start', '1', '--as', 'bob')).code, 1);
  await stage.must('announce', 'approve', '1', '--count', n, '--as', 'bob');
  assert.equal((await stage.run('announce', 'approve', '1', '--count', n, '--as', 'bob')).code, 1);

  let kills = 0;
  const killAt = async (reached) => {
    await until(() => count(delivered(stage)) >= reached, `${reached} who have it`);
    await stage.zaide.kill();
    kills++;
    checkSums(await ledger(stage), 'after a kill');
    await stage.start();
  };
  await stage.must('announce', 'start', '1', '--as', 'bob');
  await killAt(40);
  await reaches(stage, 'checked');
  const first = await ledger(stage);
  checkSums(first, 'after the canary');
  assert.ok(first.sums.planned >= PEOPLE - 100, 'no more than a hundred');

  await stage.must('announce', 'go', '1', '--as', 'mia');
  await killAt(count(delivered(stage)) + 10);
  await reaches(stage, 'done');

  const { states, sums } = await ledger(stage);
  const times = delivered(stage);
  checkSums({ states, sums }, 'at the end');
  assert.ok(!sums.planned && !sums.flying, 'nobody is missed');
  assert.ok((sums.unknown ?? 0) <= FLIGHTS * kills + CUTS, `${sums.unknown} unknown`);
  for (const { id } of people) {
    const got = times[id] ?? 0;
    if (states[id] === 'sent') assert.equal(got, 1, `${id} got it once`);
    else if (states[id] === 'unknown') assert.ok(got <= 1, `${id} got it at most once`);
    else assert.equal(got, 0, `${id} (${states[id]}) got nothing`);
  }
  const blocked = people.slice(0, BLOCKED).filter(({ id }) => states[id] === 'blocked');
  assert.ok(blocked.length + (sums.unknown ?? 0) >= BLOCKED, 'who blocks the bot is counted as that');
  const report = await stage.must('announce', 'show', '1', '--as', 'mia');
  assert.match(report, new RegExp(`${sums.sent} · delivered`));

  await stage.must('announce', 'retract', '1', '--as', 'bob');
  await reaches(stage, 'retracted');
  const after = await ledger(stage);
  checkSums(after, 'after taking it back');
  assert.equal(after.sums.retracted, sums.sent, 'taken back wherever it is known to be');
  const left = people.filter(({ id }) =>
    stage.fake.messages({ user: id }).some((message) => words(message) === TEXT && !message.deleted));
  assert.ok(left.every(({ id }) => states[id] === 'unknown'), 'nobody else has it any more');
});

scene('a pause lasts until somebody ends it, whatever crashes meanwhile', {
  limits: 'off', agents: managers, env: { ANNOUNCE_PER_S: '5', BRAND_HOSTS: 'exchange.example' },
}, async (stage) => {
  const people = Array.from({ length: 40 }, (_, i) => stage.customer(`P${i}`));
  for (const person of people) person.say('/start');
  for (const person of people) await person.hears(/bot/);
  const { mia } = stage.people;
  mia.say(0, `/announce ${TEXT}`);
  await until(async () => (await look(stage)).n === people.length, 'the number of recipients');
  await stage.must('announce', 'approve', '1', '--count', String(people.length), '--as', 'bob');
  const topic = await stage.topic('1');
  mia.say(topic, '/start');
  await until(() => count(delivered(stage)) >= 3, 'the first');
  mia.say(topic, '/pause');
  const isQuiet = async () => (await look(stage)).stage === 'canary paused' && !(await ledger(stage)).sums.flying;
  await until(isQuiet, 'nobody on his way');
  const paused = count(delivered(stage));
  assert.ok(paused < people.length, 'somebody is left');

  await stage.zaide.kill();
  await stage.start();
  for (const person of people.slice(0, 5)) {
    person.say(example('en', 'withdrawal', 'fees_withdrawal'));
    await person.hears(/exact fee/);
  }
  assert.equal(count(delivered(stage)), paused, 'nobody got it in the pause');
  mia.say(topic, '/resume');
  await reaches(stage, 'done');
  const times = delivered(stage);
  for (const { id } of people) assert.equal(times[id], 1, `${id} got it once`);
});
