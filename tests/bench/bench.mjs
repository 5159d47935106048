// zaide beside its peers on the same fake Telegram, in one run: see scripts/bench. It prints one
// table and leaves nothing behind. It fails when an answer is wrong or missing, never when one is slow.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Fake, STAFF, TOKEN } from './fake.mjs';
import { Load } from './load.mjs';
import { fakeLimit, recordCommit, redisLimit } from './limits.mjs';
import { FSYNC, Redis, run, startBot, startZaide } from './processes.mjs';
import { printTable } from './table.mjs';

const QUICK = process.env.BENCH === 'quick';
const size = (name, quick, full) => Number(process.env[name] ?? (QUICK ? quick : full));
const ROUNDS = size('ROUNDS', 1, 3);
const CUSTOMERS = size('CUSTOMERS', 4000, 8000); // who write at once; zaide's cache has 10,000
const CONVERSATIONS = size('CONVERSATIONS', 10_000, 100_000); // in memory, in the last round
const RATE = size('RATE', 1000, 1000); // a second
const SECONDS = size('SECONDS', 2, 4);
const CASES = size('CASES', 300, 1000);
const LIMIT_CALLS = size('LIMIT_CALLS', 50_000, 200_000);
const WARM_CASES = 50;
const BUSY = 0.9; // of its core: from here on it is the fake that is measured

const { ZAIDE, ZAIDE_UNLIMITED } = process.env; // the release build; the same with no 20 posts a minute
const QUESTIONS = [
  'how do i bind google authenticator', 'how to create account', 'how do i verify my identity',
  'why do i need google authenticator to withdraw', 'where is my invite link',
];

const dir = mkdtempSync(path.join(tmpdir(), 'zaide-bench-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const progress = process.stderr.isTTY ? (text) => process.stderr.write(`\r\x1b[K${text}`) : () => {};

/** What zaide answers to QUESTIONS: the peers shall say the same. */
async function askZaide() {
  const asked = [];
  for (const question of QUESTIONS) {
    const out = await run(ZAIDE, ['ask', '--lang', 'en', question]);
    const answer = /^([^]*)\n\[That[^\n]*\n\nlanguage en\n.*: sure\n/.exec(out)?.[1];
    if (!answer) throw new Error(`zaide is not sure about "${question}":\n${out}`);
    asked.push({ question, answer });
  }
  return asked;
}

const zaideEnv = (fake, redis) => ({
  TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: fake.url, TELEGRAM_STAFF_CHAT: String(STAFF),
  REDIS_URL: `unix://${redis.socket}`, DATA_DIR: dir, HTTP_LISTEN: '127.0.0.1:0',
});

const SUBJECTS = [
  {
    name: 'zaide', keeps: true,
    start: (fake, { redis, binary }) => startZaide(binary, zaideEnv(fake, redis)),
  },
  ...['grammy+ioredis', 'grammy', 'telegraf', 'node-telegram-bot-api'].map((name) => ({
    name, keeps: name.includes('redis'),
    start: (fake, { redis, answers }) => startBot(name, fake, answers, redis),
  })),
];

/** Starts a subject (and a Redis, empty, if it keeps anything), and leads it through `body`. */
async function withBot(subject, fake, asked, { binary, answers }, body) {
  const redis = subject.keeps ? await Redis.start(path.join(dir, 'redis')) : null;
  const polls = fake.reset();
  const bot = subject.start(fake, { redis, binary, answers });
  try {
    const startMs = (await Promise.race([polls, bot.failed])) - bot.startedAt;
    return await body({ bot, redis, startMs, load: new Load({ fake, asked, bot, redis }) });
  } catch (error) {
    throw new Error(`${subject.name}: ${error.message}\n${bot.log}`);
  } finally {
    await bot.stop();
    await redis?.stop();
    if (redis) rmSync(path.join(dir, 'redis'), { recursive: true });
  }
}

/** One round of one subject: a row of numbers. */
async function measure(subject, fake, asked, files, isLast) {
  const row = {};
  await withBot(subject, fake, asked, { ...files, binary: ZAIDE }, async (its) => {
    const { bot, redis, load, startMs } = its;
    const timed = RATE * SECONDS;
    row.startMs = startMs;
    row.rssStart = bot.rss();
    const forTime = await load.meet(timed);
    const forFlood = await load.meet(CUSTOMERS);
    const faq = await load.flood(forFlood, CUSTOMERS);
    Object.assign(row, { faqPerS: faq.perS, faqCpu: faq.cpu, faqRedis: faq.redisCpu });
    row.fakeBusy = faq.fakeBusy;
    const due = await load.paced(forTime, timed, RATE);
    Object.assign(row, { p50: due.p50, p99: due.p99 });
    if (!isLast) return;
    await load.meet(Math.max(0, CONVERSATIONS - timed - CUSTOMERS));
    row.rssEnd = bot.rss();
    row.redisRss = redis?.rss();
  });
  await withBot(subject, fake, asked, { ...files, binary: ZAIDE_UNLIMITED }, async (its) => {
    await its.load.escalate(WARM_CASES);
    const cases = await its.load.escalate(CASES);
    Object.assign(row, { caseCpu: cases.cpu, caseRedis: cases.redisCpu, caseCalls: cases.calls });
  });
  return row;
}

async function measureLimits(fake, asked, files) {
  const limits = { fake: await fakeLimit(fake, LIMIT_CALLS, asked[0].answer) };
  await withBot(SUBJECTS[0], fake, asked, { ...files, binary: ZAIDE }, async (its) => {
    const user = await its.load.meet(1);
    let flood;
    const words = await recordCommit(its.redis, () => { flood = its.load.flood(user, 1); });
    await flood;
    limits.redis = await redisLimit(its.redis, words, user, LIMIT_CALLS);
  });
  return limits;
}

const began = performance.now();
const asked = await askZaide();
const answers = path.join(dir, 'answers.json');
writeFileSync(answers, JSON.stringify(Object.fromEntries(asked.map((a) => [a.question, a.answer]))));
const fake = await Fake.start();
const rows = new Map(SUBJECTS.map(({ name }) => [name, []]));
for (let round = 1; round <= ROUNDS; round++)
  for (const subject of SUBJECTS) {
    progress(`round ${round} of ${ROUNDS}: ${subject.name}`);
    rows.get(subject.name).push(
      await measure(subject, fake, asked, { answers }, round === ROUNDS));
  }
progress('limits');
const limits = await measureLimits(fake, asked, { answers });
progress('');
fake.close();
printTable({
  rows, limits, BUSY, FSYNC, ROUNDS, CUSTOMERS, CONVERSATIONS, RATE, SECONDS, CASES,
  seconds: (performance.now() - began) / 1000,
});
process.exit();
