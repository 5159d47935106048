// zaide verify: 500 look-alikes of 20 colleagues, and 10,000 people who are nobody's double.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Faker, base, de, en, es, fr, id_ID, ja, ko, pl, pt_BR, ru, th, tr, vi, zh_CN, zh_TW } from '@faker-js/faker';
import { BINARY, Home, environment } from './zaide.mjs';

const STAFF = [
  'Miya Chen', 'Harden Cole', 'Ashe Tran', 'Hiyoung Park', 'Mike Larsen', 'Sakura Ito', 'Nguyen Linh', 'Aisyah Rahman', 'Victor Osei', 'Lena Fischer',
  'Tomasz Wolny', 'Camille Roux', 'Bagus Pratama', 'Yara Haddad', 'Grace Okafor', 'Ivan Petrov', '王小米客服', '李安娜', '김하늘 상담원', '@nika_support',
];

/** What `zaide verify` says to these names: "impostor letters that look like …" a string each. */
function verify(names) {
  const home = new Home();
  try {
    const options = { cwd: home.dir, input: `${names.join('\n')}\n`, env: environment(home, {}), maxBuffer: 1e8 };
    const words = ['verify', ...STAFF.flatMap((name) => ['--official', name]), '-'];
    const { status, stdout, stderr } = spawnSync(BINARY, words, options);
    assert.deepEqual([status, String(stderr)], [0, '']);
    const lines = String(stdout).trimEnd().split('\n').map((line) => line.split('\t'));
    assert.equal(lines.length, names.length);
    return lines;
  } finally {
    home.remove();
  }
}

// What impostors were seen to do (staff look-alikes in exchanges' groups): a way each, by the letters that a
// person would choose, not by a table that zaide knows.
const swap = (pairs) => (name) => [...name].map((c) => pairs[c] ?? c).join('');
const CYRILLIC = { a: 'а', e: 'е', o: 'о', p: 'р', c: 'с', y: 'у', x: 'х', i: 'і', M: 'М', H: 'Н', T: 'Т', A: 'А', C: 'С', B: 'В', O: 'О', P: 'Р' };
const GREEK = { o: 'ο', v: 'ν', A: 'Α', H: 'Η', M: 'Μ', T: 'Τ', I: 'Ι', N: 'Ν', Y: 'Υ', B: 'Β' };
const LEET = { o: '0', i: '1', l: '1', e: '3', a: '4', s: '5' };
const first = (pairs) => (name) => {
  const at = [...name].findIndex((c) => pairs[c]);
  return at < 0 ? name : [...name].map((c, i) => (i === at ? pairs[c] : c)).join('');
};
const math = (name) => [...name].map((c) => {
  const small = c.charCodeAt(0) - 97, capital = c.charCodeAt(0) - 65;
  return small >= 0 && small < 26 ? String.fromCodePoint(0x1D5EE + small)
    : capital >= 0 && capital < 26 ? String.fromCodePoint(0x1D5D4 + capital) : c;
}).join('');
const wide = (name) => [...name].map((c) => (c > ' ' && c < '\x7F' ? String.fromCharCode(c.charCodeAt(0) + 0xFEE0) : c)).join('');
const middle = (what) => (name) => {
  const chars = [...name];
  chars.splice(chars.length >> 1, 0, what);
  return chars.join('');
};
const WAYS = [
  swap(CYRILLIC), first(CYRILLIC), swap(GREEK), swap(LEET), first(LEET), math, wide, middle('\u200B'), middle('\u00AD'), middle('.'), middle('_'),
  (name) => `${name} ✅`, (name) => `✔️ ${name} 🛡️`, (name) => `${name} Support`, (name) => `Official ${name}`, (name) => `${name} (Admin)`,
  (name) => `${name} | Help Desk`, (name) => `${name}客服`, (name) => `官方 ${name}`, (name) => `${name} 2`, (name) => `${name}_01`,
  (name) => [...name].join(' '), (name) => `${name}${[...name].at(-1)}`, (name) => name.split(' ').join(''), (name) => `[${name}]`,
];

test('look-alikes of colleagues: at least 95 of 100 are caught', (t) => {
  const faked = STAFF.flatMap((name) => WAYS.map((way) => way(name)).filter((fake) => fake.toLowerCase() !== name.toLowerCase()));
  assert.ok(faked.length > 400, String(faked.length));
  const missed = verify(faked).flatMap(([verdict], i) => (verdict === 'impostor' ? [] : [faked[i]]));
  t.diagnostic(`${faked.length - missed.length} of ${faked.length} caught; missed: ${missed.join(', ')}`);
  assert.ok(missed.length <= faked.length * 0.05, missed.join(', '));
});

test('ordinary names: at most 5 in 1,000 are taken for a double', (t) => {
  const names = [];
  for (const locale of [zh_CN, zh_TW, en, vi, ja, ko, id_ID, ru, es, pt_BR, tr, de, fr, pl, th]) {
    const faker = new Faker({ locale: [locale, en, base], seed: 20 });
    for (let i = 0; i < 670; i++) {
      names.push(i % 3 === 0 ? faker.internet.username() : i % 3 === 1 ? faker.person.firstName() : faker.person.fullName());
    }
  }
  const taken = verify(names).flatMap(([verdict, why], i) => (verdict === 'impostor' ? [`${names[i]}: ${why}`] : []));
  t.diagnostic(`${taken.length} of ${names.length}: ${taken.join('; ')}`);
  assert.ok(names.length >= 10_000);
  assert.ok(taken.length <= names.length * 0.005, taken.join('; '));
});
