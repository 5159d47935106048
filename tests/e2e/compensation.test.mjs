// A compensation list from the file to the customer and on to finance, from a terminal.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scene, until } from './harness.mjs';
import { allHeard, count } from './heard.mjs';
import { EARLY } from './kills-checker.mjs';

const SECRET = '0123456789abcdef0123456789abcdef';
const ROWS = 1234;

function payloadOf(uid) {
  const expires = Math.floor(Date.now() / 1000) + 600;
  const signed = `zaide-identity-1:telegram:${uid}:${expires}`;
  return `id_${uid}_${expires}_${createHmac('sha256', SECRET).update(signed).digest('hex').slice(0, 32)}`;
}

// 18 digits behind the point, summed here with whole numbers of any length.
const unit = (i) => BigInt(i) * 1_000_000_000_000_000_001n;
const amount = (n) => `${n / 10n ** 18n}.${String(n % 10n ** 18n).padStart(18, '0')}`;

scene('compensation: uploaded by one, approved by another, confirmed by its customer, exported', {
  env: { BRAND_ID_SECRET: SECRET }, agents: {
    max: ['--role', 'manager'], kim: ['--role', 'manager'], mia: ['--role', 'agent'],
  },
}, async (stage) => {
  const file = (name) => path.join(stage.home.dir, name);
  const run = (...words) => stage.run('compensation', ...words);
  const refused = async (pattern, ...words) => {
    const { code, err } = await run(...words);
    assert.deepEqual([code, pattern.test(err)], [1, true], err);
  };
  writeFileSync(file('bad.csv'), 'uid,asset,amount,reason\n1,USDT,1e3,x\n1,USDT,0,x\n2,U T,1,x\n' +
    '3,USDT,1,x\n3,USDT,1,x\n4,USDT,"1,5",x\n');
  const bad = await run('upload', file('bad.csv'), '--list', 'mx', '--as', 'max');
  assert.equal(bad.code, 1);
  for (const line of [/bad\.csv:2: amount/, /:3: amount/, /:4: asset/, /:7: amount/, /UID 3: 1 USDT stands there twice/])
    assert.match(bad.err, line);

  let total = 0n;
  const lines = Array.from({ length: ROWS }, (_, i) => {
    total += unit(i + 1);
    return `${10_000_000 + i},USDT,${amount(unit(i + 1))},"MX/USDT, rolled back"`;
  });
  writeFileSync(file('list.csv'), `uid,asset,amount,reason\n${lines.join('\n')}\n`);
  await refused(/managers and admins/, 'upload', file('list.csv'), '--list', 'mx', '--as', 'mia');
  const drafted = await stage.must('compensation', 'upload', file('list.csv'), '--list', 'mx', '--as', 'max');
  assert.match(drafted, new RegExp(`stage +draft\\nlines +${ROWS}\\n`));
  assert.ok(drafted.includes(`${amount(total)} USDT`), drafted);
  await stage.posted({ text: `Compensation list mx: ${ROWS} lines` });
  const [, check] = /checksum +([0-9a-f]{8})/.exec(drafted);

  const approve = (who, n, digits) => ['approve', 'mx', '--lines', String(n), '--check', digits, '--as', who];
  await refused(/yourself: another manager approves/, ...approve('max', ROWS, check));
  await refused(/managers and admins/, ...approve('mia', ROWS, check));
  await refused(/are not those of list mx/, ...approve('kim', ROWS - 1, check));
  await refused(/no such list/, 'show', 'other');
  const ann = stage.customer('Ann');
  ann.say(`/start ${payloadOf('10000041')}`);
  await ann.hears(/you are UID 10000041/);
  await stage.must('compensation', ...approve('kim', ROWS, check));
  await stage.posted({ text: 'is released' });
  await refused(/no draft/, ...approve('kim', ROWS, check));

  const mine = await ann.hears(new RegExp(`Compensation for you: ${amount(unit(42))} USDT\nMX/USDT, rolled back`));
  await ann.press(mine, 'Confirm');
  await ann.hears(/that is confirmed/);
  const shown = await stage.must('compensation', 'show', 'mx');
  assert.match(shown, /confirmed +1\n/);
  assert.match(shown, /handed out +25 of 25/);

  const csv = await stage.must('compensation', 'export', 'mx', '--as', 'kim');
  const exported = csv.trimEnd().split('\n');
  assert.equal(exported.length, ROWS + 1);
  assert.equal(exported.filter((line) => line.includes(',confirmed,')).length, 1);
  const verify = async (name, text) => {
    writeFileSync(file(name), text);
    return run('verify', file(name));
  };
  assert.equal((await verify('out.csv', csv)).out, `intact: ${ROWS} lines of list mx\n`);
  const changed = csv.replace(amount(unit(42)), amount(unit(43)));
  assert.match((await verify('changed.csv', changed)).err, /changed\.csv:43: it was changed/);
  const without = exported.filter((_, i) => i !== 7).join('\n');
  assert.match((await verify('without.csv', without)).err, /without\.csv:8: a line is missing/);
  const cut = exported.slice(0, 100).join('\n');
  assert.match((await verify('cut.csv', cut)).err, /no export of this list ended so/);
  assert.ok(readFileSync(file('out.csv'), 'utf8').includes('"MX/USDT, rolled back"'));
});

scene('a released list is told to everybody who signed in, once, though zaide is killed half way', {
  env: { BRAND_ID_SECRET: SECRET }, agents: { max: ['--role', 'manager'], kim: ['--role', 'manager'] },
  mayBreak: [EARLY],
}, async (stage) => {
  const N = 10;
  const NEWS = /Compensation for you: 1 USDT/;
  const people = Array.from({ length: N }, (_, i) => stage.customer(`C${i}`));
  for (const [i, person] of people.entries()) person.say(`/start ${payloadOf(String(10_000_000 + 4 * i))}`);
  for (const person of people) await person.hears(/you are UID/);
  const list = path.join(stage.home.dir, 'list.csv');
  const lines = Array.from({ length: 4 * N }, (_, i) => `${10_000_000 + i},USDT,1,x`);
  writeFileSync(list, `uid,asset,amount,reason\n${lines.join('\n')}\n`);
  const drafted = await stage.must('compensation', 'upload', list, '--list', 'mx', '--as', 'max');
  const [, check] = /checksum +([0-9a-f]{8})/.exec(drafted);
  await stage.must('compensation', 'approve', 'mx', '--lines', String(4 * N), '--check', check, '--as', 'kim');
  const told = () => people.filter((person) => count(person, NEWS)).length;
  for (const n of [1, N / 2]) {
    await until(() => told() >= n, `${n} were told`);
    await stage.zaide.kill();
    await stage.start();
  }
  await allHeard(stage, people, NEWS, 'the news');
  await stage.posted({ topic: 0, text: 'everybody who can be reached has heard' });
  const shown = await stage.must('compensation', 'show', 'mx');
  assert.match(shown, new RegExp(`told +${N} UIDs\n`));
  assert.match(shown, new RegExp(`unproven +${3 * N} UIDs\n`));
});
