// An incident told to everybody who waits, with the process killed half way: each state once.
import assert from 'node:assert/strict';
import { scene, until, words } from './harness.mjs';
import { allHeard, count } from './heard.mjs';
import { EARLY } from './kills-checker.mjs';
import { example, firstWords } from './knowledge.mjs';

const N = 12;
const TOLD = /I know this is worrying/;
const OVER = /this is settled/;
const cases = async (stage) => JSON.parse(await stage.must('cases', '--json'));
scene('an incident is told to all who wait, once, though zaide is killed half way', {
  env: { BRAND_HOSTS: 'exchange.example', INCIDENT_UNDO: '1s', SURGE_REPORTS: '5' },
  agents: { mia: ['--role', 'manager'], bob: [] },
  mayBreak: [EARLY],
}, async (stage) => {
  const people = Array.from({ length: N }, (_, i) => stage.customer(`C${i}`));
  for (const person of people) person.say('the chart of MX/USDT is frozen, orders fail');
  await until(async () => (await cases(stage)).length === N, 'all cases');
  await stage.posted({ topic: 0, text: `${5} customers report the same` });

  const refused = await stage.run('incident', 'open', 'trading_abnormal', '--as', 'bob');
  assert.equal(refused.code, 1);
  const link = await stage.run('incident', 'open', 'MX/USDT', '--as', 'mia', '--link', 'https://x.example');
  assert.deepEqual([link.code, link.out], [1, '']);
  assert.match(link.err, /one of BRAND_HOSTS/);
  const preview = await stage.must(
    'incident', 'open', 'trading_abnormal', 'MX/USDT', '--as', 'mia',
    '--link', 'https://exchange.example/status', '--text', 'en=Orders of MX/USDT fail.',
  );
  assert.match(preview, new RegExp(`${N} waiting customers are told`));
  assert.match(preview, /Orders of MX\/USDT fail\./);

  await until(() => people.some((person) => count(person, TOLD)), 'the first who is told');
  await stage.zaide.kill();
  await stage.start();
  await allHeard(stage, people, TOLD, 'the incident');
  const parked = await cases(stage);
  assert.deepEqual(parked.map(({ state }) => state), Array(N).fill('PENDING'));
  assert.match(await stage.must('incident', 'list'), /^#1 +detected +trading_abnormal +MX\/USDT/);

  await stage.must('incident', 'close', '1', '--as', 'mia');
  await until(() => people.some((person) => count(person, OVER)), 'the first who is thanked');
  await stage.zaide.kill();
  await stage.start();
  await allHeard(stage, people, OVER, 'the end');
  await until(async () => (await cases(stage)).length === 0, 'no case');
});

scene('a notice from a terminal is said with the answer that it fits, and ended', {
  agents: { mia: ['--role', 'admin'] },
}, async (stage) => {
  const opened = await stage.must('notice', 'open', 'USDT', 'TRC20', '--until', '23:59 UTC', '--as', 'mia');
  assert.match(opened, /#1[\s\S]*USDT TRC20 is paused at the moment/);
  await until(async () => { // what is known of notices is up to a second old
    const ann = stage.customer('Ann');
    ann.say(example('en', 'deposit', 'deposit_howto'));
    const said = await ann.hears('', { text: firstWords('en', 'deposit', 'deposit_howto') });
    return /Please note: USDT TRC20 is paused at the moment/.test(words(said));
  }, 'the notice');
  assert.match(await stage.must('notice', 'list'), /USDT TRC20/);
  await stage.must('notice', 'end', '1', '--as', 'mia');
  assert.equal(await stage.must('notice', 'list'), 'none\n');
  assert.equal((await stage.run('notice', 'end', '1', '--as', 'mia')).code, 1);
  assert.equal((await stage.run('incident', 'opne')).code, 2);
});
