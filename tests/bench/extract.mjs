// What `zaide extract` takes for a message, over the labelled ones of tests/data/fields, in CPU time.
// That of a run without a message is taken off: it is the start, not the search.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const GOAL_US = 100;
const TIMES = process.env.BENCH === 'quick' ? 10 : 40;
const ZAIDE = process.env.ZAIDE ?? 'build/release/zaide';

const messages = ['zh', 'en', 'vi', 'ja', 'ko', 'ms'].flatMap((lang) =>
  readFileSync(`tests/data/fields/${lang}.tsv`, 'utf8').trimEnd().split('\n')
    .map((line) => line.split('\t')[0]));

/** Seconds of CPU: bash's `times`, whose second line is of what it started. */
function cpu(input) {
  const { stdout, status } = spawnSync('bash', ['-c', '"$0" extract >/dev/null && times', ZAIDE], { input });
  if (status !== 0) throw new Error(`${ZAIDE} extract ended with ${status}`);
  const [, children] = String(stdout).trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + 60 * m + Number(s), 0);
}

const all = `${Array(TIMES).fill(messages.join('\n')).join('\n')}\n`;
const best = (input) => Math.min(...[1, 2, 3].map(() => cpu(input)));
const us = ((best(all) - best('')) * 1e6) / (messages.length * TIMES);
console.log(`extraction: ${us.toFixed(0)} us of CPU a message, with its JSON (${messages.length} of natives; the goal: ${
  GOAL_US})`);
