// The table: a row a number, a column a bot; behind a peer's number how much better zaide's is.
const ROWS = [
  // label, key, digits, what is better
  ['FAQ updates a second', 'faqPerS', 0, 'more'],
  ['  CPU us an update', 'faqCpu', 0, 'less'],
  ["  Redis's CPU us beside it", 'faqRedis', 0],
  ["  the fake's core, % busy", 'fakePercent', 0],
  ['due to answered, ms: p50', 'p50', 2, 'less'],
  ['  p99', 'p99', 2, 'less'],
  ['with a platform that takes 50 ms, p50', 'slowP50', 1, 'less'],
  ['  p99', 'slowP99', 1, 'less'],
  ["an agent's answer, ms: p50", 'agentP50', 2, 'less'],
  ['  p99', 'agentP99', 2, 'less'],
  ['new customers a second', 'newPerS', 0, 'more'],
  ['memory at start, MB', 'rssStart', 0, 'less'],
  ['  of it no pages of files', 'anonStart', 0, 'less'],
  ['  after the conversations', 'rssEnd', 0, 'less'],
  ['  of it no pages of files', 'anonEnd', 0, 'less'],
  ["  Redis's beside it", 'redisRss', 0],
  ['start to first getUpdates, ms', 'startMs', 0, 'less'],
  ['a case escalated, CPU us', 'caseCpu', 0, 'less'],
  ["  Redis's CPU us beside it", 'caseRedis', 0],
  ['  calls to Telegram', 'caseCalls', 1],
];
const LABEL = 38;
const COLUMN = 23;
const FAKE_BUSY = 90; // % of its core: from here on it is the fake that is measured
const FOREIGN = 0.05; // of the machine

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const number = (value, digits = 0) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

function medians(rounds) {
  const keys = new Set(rounds.flatMap(Object.keys));
  const of = (key) => rounds.map((round) => round[key]).filter((value) => value !== undefined);
  return Object.fromEntries([...keys].filter((key) => of(key).length > 0)
    .map((key) => [key, median(of(key))]));
}

function cell(value, ours, digits, better) {
  if (value === undefined) return '-';
  if (ours === undefined || !better) return number(value, digits);
  const times = better === 'less' ? value / ours : ours / value;
  return `${number(value, digits)} (x${number(times, times < 0.1 ? 2 : 1)})`;
}

/** `rows`: name -> its rounds, each { key: number }, zaide first; `sizes`: of bench.mjs. */
export function printTable({ rows, limits, fsync, seconds, foreign, sizes }) {
  const [zaide, ...peers] = [...rows].map(([name, rounds]) => ({ name, ...medians(rounds) }));
  const line = (label, cells) =>
    console.log(label.padEnd(LABEL) + cells.map((text) => text.padStart(COLUMN)).join(''));
  line('', [zaide, ...peers].map(({ name }) => name));
  for (const [label, key, digits, better] of ROWS) {
    const beside = peers.map((peer) => cell(peer[key], zaide[key], digits, better));
    line(label, [cell(zaide[key], undefined, digits), ...beside]);
  }
  const bound = [zaide, ...peers].filter(({ fakePercent }) => fakePercent > FAKE_BUSY);
  const notes = [
    `the fake with an empty client: ${number(limits.fake.perS)} calls/s; its CPU would do ${
      number(limits.fake.own)}/s`,
    `Redis with a FAQ commit of zaide's: ${number(limits.redis.perS)}/s, ${
      number(limits.redis.cpu)} us of its CPU each (redis-benchmark, appendfsync ${fsync})`,
    `  calls of a commit's shape: ${number(limits.shape.perS)}/s, ${number(limits.shape.cpu)} us`,
    `  claims and completions, pipelined: zaide ${number(limits.pairs.zaide)} pairs/s, BullMQ ${
      number(limits.pairs.bullmq)}, bare commands ${number(limits.pairs.bare)}`,
    `of zaide's CPU an update the matcher has ${number(limits.thinking.matcher)} us, a look of the extractor's ${
      number(limits.thinking.extractor)}`,
    `with next to no knowledge zaide starts at ${number(limits.rss)} MB, ${
      number(limits.anonymous)} of them no pages of files, as of libraries that others use, too`,
    `libcurl alone, on the fake: ${number(limits.curl.perS)} calls/s, ${number(limits.curl.cpu)} us of CPU each`,
    `replay of ${number(sizes.REPLAY || sizes.CONVERSATIONS)} customers' first messages: ${
      number(zaide.newPerS)}/s, ${zaide.lost} lost; 1,879,280 would take ${
      number(1_879_280 / zaide.newPerS / 60, 1)} minutes`,
    '',
    `Medians of ${sizes.ROUNDS} rounds, ${number(seconds)} s in all. (xN): zaide does N times better.`,
    'A bot has a core for itself; Redis, the load and the fake share the other one.',
    `zaide and grammy+ioredis have each update in Redis before its answer (appendfsync ${fsync});`,
    'the others keep nothing. grammy runs on @grammyjs/runner.',
    `FAQ: ${number(sizes.CUSTOMERS)} customers who have written before ask at once.`,
    `Due to answered: ${number(sizes.RATE)}/s for ${sizes.SECONDS} s, on a fixed schedule.`,
    `Memory: after ${number(sizes.CONVERSATIONS)} conversations.`,
    `Cases: ${number(sizes.CASES)} strangers at once. zaide greets them too, posts card and words`,
    'apart, and is set to 600,000 posts a minute into a group (20 are the default).',
    'A platform that takes 50 ms: until the call has come, which is then held back.',
    bound.length > 0 && `The fake was the bottleneck of ${bound.map(({ name }) => name)}.`,
    foreign > FOREIGN && `Others had ${number(foreign * 100)} % of this machine meanwhile: rates and p99 suffer.`,
  ];
  console.log(`\n${notes.filter((note) => note !== false).join('\n')}`);
}
