// The table: a row a number, a column a bot; behind each peer's number how much better zaide's is.
const LESS_IS_BETTER = true;

const ROWS = [
  ['FAQ updates a second', 'faqPerS', 0, !LESS_IS_BETTER],
  ['  CPU us an update', 'faqCpu', 0, LESS_IS_BETTER],
  ["  Redis's CPU us beside it", 'faqRedis', 0],
  ['  the fake\'s core, % busy', 'fakePercent', 0],
  ['due to answered, ms, p50', 'p50', 2, LESS_IS_BETTER],
  ['  p99', 'p99', 2, LESS_IS_BETTER],
  ['memory at start, MB', 'rssStart', 0, LESS_IS_BETTER],
  ['  after the conversations', 'rssEnd', 0, LESS_IS_BETTER],
  ["  Redis's beside it", 'redisRss', 0],
  ['start to first getUpdates, ms', 'startMs', 0, LESS_IS_BETTER],
  ['a case escalated, CPU us', 'caseCpu', 0, LESS_IS_BETTER],
  ["  Redis's CPU us beside it", 'caseRedis', 0],
  ['  calls to Telegram', 'caseCalls', 1],
];
const LABEL = 32;
const COLUMN = 24;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const number = (value, digits) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** name -> rounds, each { key: number }: the medians, { key: number }. */
function medians(rounds) {
  const keys = new Set(rounds.flatMap(Object.keys));
  const of = (key) => rounds.map((round) => round[key]).filter((value) => value !== undefined);
  return Object.fromEntries([...keys].filter((key) => of(key).length)
    .map((key) => [key, median(of(key))]));
}

function cell(value, ours, digits, isLessBetter, isOurs) {
  if (value === undefined) return '-';
  const ratio = isLessBetter ? value / ours : ours / value;
  const beside = isOurs || isLessBetter === undefined ? '' : ` (x${number(ratio, 1)})`;
  return number(value, digits) + beside;
}

export function printTable({ rows, limits, seconds, ...sizes }) {
  const { BUSY, FSYNC, ROUNDS, CUSTOMERS, CONVERSATIONS, RATE, SECONDS, CASES } = sizes;
  const columns = [...rows].map(([name, rounds]) => {
    const found = medians(rounds);
    return { name, ...found, fakePercent: found.fakeBusy * 100 };
  });
  const line = (label, cells) =>
    console.log(label.padEnd(LABEL) + cells.map((text) => text.padStart(COLUMN)).join(''));
  console.log(`medians of ${ROUNDS} rounds; a peer's number (xN: zaide does N times better)`);
  line('', columns.map(({ name }) => name));
  for (const [label, key, digits, isLessBetter] of ROWS)
    line(label, columns.map((column) =>
      cell(column[key], columns[0][key], digits, isLessBetter, column === columns[0])));
  const bound = columns.filter(({ fakeBusy }) => fakeBusy > BUSY).map(({ name }) => name);
  console.log(`
Raw limits:
  the fake, an empty client      ${number(limits.fake.perS, 0)} calls/s; by its own CPU ${
  number(limits.fake.own, 0)}
  Redis, zaide's FAQ commit      ${number(limits.redis.perS, 0)} calls/s, ${
  number(limits.redis.cpu, 0)} us of its CPU each (redis-benchmark, appendfsync ${FSYNC})
${bound.length ? `The fake was the bottleneck for the updates a second of: ${bound.join(', ')}\n` : ''}
zaide, and the peer with ioredis, have each update in Redis before its answer (appendfsync ${FSYNC},
Redis on the bot's core); the others keep nothing. FAQ: ${number(CUSTOMERS, 0)} customers who have written before
ask at once. Due to answered: ${RATE}/s for ${SECONDS} s. Memory after ${
  number(CONVERSATIONS, 0)} conversations.
Cases: ${number(CASES, 0)} strangers at once; zaide greets them too and posts card and words apart, and runs here
without its own limit of 20 posts a minute into a group. ${number(seconds, 0)} s in all.`);
}
