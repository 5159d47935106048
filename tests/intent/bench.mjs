// zaide's matcher beside nlp.js and fuse.js: the same examples (handlers/knowledge), the same questions
// (tests/data/exam), one after the other in one run. Prints a table; fails only where something cannot be run.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { load } from 'js-yaml';
import { accuracy, areaUnderRoc, coverageAt } from './metrics.mjs';

const ZAIDE = process.env.ZAIDE ?? 'build/release/zaide';
const LANGUAGES = ['zh', 'en', 'vi', 'ja', 'ko', 'ms'];
const HERE = path.dirname(new URL(import.meta.url).pathname);
const scratch = mkdtempSync(path.join(tmpdir(), 'zaide-intent-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** What zaide learns from: titles, examples and near misses; what no item answers is "oos". */
function examples(lang) {
  const rows = [];
  const add = (text, label) => rows.push({ text: String(text), label, lang });
  for (const file of readdirSync(`handlers/knowledge/${lang}`)) {
    const root = load(readFileSync(`handlers/knowledge/${lang}/${file}`, 'utf8'));
    for (const [id, item] of Object.entries(root.items ?? {})) {
      for (const text of [item.title, ...item.examples]) add(text, id);
      for (const near of item.near ?? [])
        for (const [label, text] of Object.entries(near)) add(text, label === 'none' ? 'oos' : label);
    }
    for (const kind of Object.values(root.kinds ?? {})) for (const text of kind.examples) add(text, 'oos');
  }
  return rows;
}

const questions = (lang) => readFileSync(`tests/data/exam/${lang}.tsv`, 'utf8').split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => line.split('\t'))
  .map(([text, label]) => ({ text, label: label.startsWith('kind:') ? 'oos' : label, lang }));

const learn = LANGUAGES.flatMap(examples), ask = LANGUAGES.flatMap(questions);

/* --- the subjects: {seconds to learn, mb, found: [{found, confidence, us}]} --- */

function run(command, args, input, env = {}) {
  const done = spawnSync(command, args, { input, encoding: 'utf8', env: { ...process.env, DATA_DIR: scratch, ...env }, maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}`);
  return done;
}

function peer(name) {
  const file = path.join(scratch, 'asked.json');
  writeFileSync(file, JSON.stringify({ learn, ask }));
  return JSON.parse(run(process.execPath, [path.join(HERE, 'peers.mjs'), name, file]).stdout.split('\n').at(-1));
}

const WARM = 50; // questions that are not timed, as in peers.mjs

/** Learns in its first run; the second has it from what the first kept. */
function zaide() {
  const classify = (lang, rows) => {
    const lines = rows.map((row) => row.text);
    const done = run('/usr/bin/time', ['-f', '%e %M', ZAIDE, 'classify', '--timed', '--lang', lang], `${lines.join('\n')}\n`);
    const [seconds, kb] = done.stderr.trim().split('\n').at(-1).split(' ').map(Number);
    return { seconds, mb: kb / 1024, lines: done.stdout.trim().split('\n').map((line) => line.split('\t')) };
  };
  const first = classify('en', ask.slice(0, 1)), second = classify('en', ask.slice(0, 1));
  const runs = LANGUAGES.map((lang) => {
    const rows = ask.filter((row) => row.lang === lang);
    return classify(lang, [...rows.slice(0, WARM), ...rows]);
  });
  const found = runs.flatMap(({ lines }) => lines.slice(WARM))
    .map(([label, confidence, us]) => ({ found: label, confidence: Number(confidence), us: Number(us) }));
  return { seconds: first.seconds, again: second.seconds, mb: Math.max(...runs.map((done) => done.mb)), found };
}

/* --- the table --- */

const quantile = (values, q) => values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))];

function measure({ seconds, again, mb, found }) {
  const rows = ask.map((row, i) => ({ ...row, ...found[i] }));
  if (found.length !== ask.length) throw new Error(`${found.length} answers to ${ask.length} questions`);
  const us = found.map((row) => row.us);
  return [
    ...LANGUAGES.map((lang) => accuracy(rows.filter((row) => row.lang === lang))), accuracy(rows),
    areaUnderRoc(rows), coverageAt(97, rows), quantile(us, 0.5), quantile(us, 0.99), seconds, again, mb,
  ];
}

const ROWS = [
  ...LANGUAGES.map((lang) => `right, ${lang}, %`), 'right, all, %', 'none told from some, AUROC, %',
  'could be answered at 97 % right, %', 'us a message: p50', '  p99', 'learns in, s', '  once more, from its cache, s', 'memory, MB',
];
const columns = { zaide, 'nlp.js': () => peer('nlp.js'), 'fuse.js': () => peer('fuse.js') };
const values = Object.values(columns).map((subject) => measure(subject()));
const cell = (value) => (value === undefined ? '-' : value.toFixed(value < 10 ? 2 : 1)).padStart(10);
console.log(`${learn.length} examples, ${ask.length} questions\n${''.padEnd(38)}${Object.keys(columns).map((name) => name.padStart(10)).join('')}`);
ROWS.forEach((row, i) => console.log(`${row.padEnd(38)}${values.map((column) => cell(column[i])).join('')}`));
