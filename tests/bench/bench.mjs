// zaide beside its peers on the same fake Telegram, in one run: see scripts/bench. It prints one
// table and leaves nothing behind. It fails when an answer is wrong or missing, never when one is slow.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { Fake, STAFF, TOKEN } from './fake.mjs';
import { Load } from './load.mjs';
import {
  curlLimit, fakeLimit, pairsLimit, recordCommit, redisLimit, shapeLimit, thinkingCpu,
} from './limits.mjs';
import { FSYNC, Redis, foreignCpu, run, startBot, startZaide } from './processes.mjs';
import { printTable } from './table.mjs';

const QUICK = process.env.BENCH === 'quick';
const size = (name, quick, full) => Number(process.env[name] ?? (QUICK ? quick : full));
const sizes = {
  ROUNDS: size('ROUNDS', 1, 3),
  CUSTOMERS: size('CUSTOMERS', 4000, 8000), // who write at once; zaide's cache has 10,000
  CONVERSATIONS: size('CONVERSATIONS', 10_000, 100_000), // in the last round
  REPLAY: size('REPLAY', 0, 0), // so many of zaide's in their place
  RATE: size('RATE', 1000, 1000), // a second
  SECONDS: size('SECONDS', 2, 3),
  CASES: size('CASES', 150, 400),
  REPLIES: size('REPLIES', 300, 1000), // of an agent, at 100/s
  CALLS: size('CALLS', 50_000, 100_000), // for the raw limits
};

const { ZAIDE } = process.env; // the release build
const SLOW_MS = 50;
const AGENT_RATE = 100; // a second
const AGENT_CASES = 3 * AGENT_RATE; // no chat may be sent more than a message a second
const QUESTIONS = [
  'what are the withdrawal fees', 'how to create account', 'how do i verify my identity',
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
    const out = await run(ZAIDE, ['ask', '--lang', 'en', question], { DATA_DIR: dir });
    const answer = /^([^]*)\n\[[^\n]*That solved it[^\n]*\n\nlanguage en\n.*: sure\n/.exec(out)?.[1];
    if (!answer) throw new Error(`zaide is not sure about "${question}":\n${out}`);
    const lines = answer.split('\n').toSorted((a, b) => b.length - a.length);
    asked.push({ question, answer, core: lines[0] }); // what is said around it may be another word
  }
  return asked;
}

const zaideEnv = (fake, redis) => ({
  TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: fake.url, TELEGRAM_STAFF_CHAT: String(STAFF),
  REDIS_URL: `unix://${redis.socket}`, DATA_DIR: dir, HTTP_LISTEN: '127.0.0.1:0',
  TELEGRAM_GROUP_PER_MIN: '600000', CLAIM_BY_REPLY: 'on', SURGE_REPORTS: '1000',
});

const SUBJECTS = [
  {
    name: 'zaide', keeps: true,
    start: (fake, { redis }) => startZaide(ZAIDE, zaideEnv(fake, redis)),
  },
  ...['grammy+ioredis', 'grammy', 'telegraf', 'node-telegram-bot-api'].map((name) => ({
    name, keeps: name.includes('redis'),
    start: (fake, { redis, answers }) => startBot(name, fake, answers, redis),
  })),
];

/** Starts a subject (and a Redis, empty, if it keeps anything), and leads it through `body`. */
async function withBot(subject, fake, asked, answers, body) {
  const redis = subject.keeps ? await Redis.start(path.join(dir, 'redis')) : null;
  const polls = fake.reset();
  const bot = subject.start(fake, { redis, answers });
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

/** One round of one subject: its numbers, by the keys of table.mjs. */
async function measure(subject, fake, asked, answers, isLast) {
  const { CUSTOMERS, CONVERSATIONS, REPLAY, RATE, SECONDS, CASES, REPLIES } = sizes;
  const found = {};
  await withBot(subject, fake, asked, answers, async (its) => {
    const { bot, redis, load, startMs } = its;
    const rssStart = bot.rss();
    const anonStart = bot.anonymous();
    const timed = await load.meet(RATE * SECONDS);
    const flooding = await load.meet(CUSTOMERS);
    const { perS, cpu, redisCpu, fakeBusy } = await load.flood(flooding, CUSTOMERS);
    const { p50, p99 } = await load.paced(timed, RATE * SECONDS, RATE);
    Object.assign(found, {
      startMs, rssStart, anonStart, p50, p99, faqPerS: perS, faqCpu: cpu, faqRedis: redisCpu,
      fakePercent: fakeBusy * 100,
    });
    fake.delayMs = SLOW_MS;
    const slow = await load.paced(flooding, RATE * SECONDS, RATE);
    fake.delayMs = 0;
    Object.assign(found, { slowP50: slow.p50, slowP99: slow.p99 });
    if (!isLast) return;
    const conversations = (subject.name === 'zaide' && REPLAY) || CONVERSATIONS;
    const left = Math.max(0, conversations - RATE * SECONDS - CUSTOMERS);
    const { perS: newPerS, lost } = await load.replay(left);
    Object.assign(found, {
      newPerS, rssEnd: bot.rss(), anonEnd: bot.anonymous(), redisRss: redis?.rss(),
    });
    if (subject.name === 'zaide') found.lost = lost;
  });
  await withBot(subject, fake, asked, answers, async ({ load }) => {
    if (subject.name === 'zaide') await load.staffed();
    await load.escalate(CASES); // to warm up
    const { cpu, redisCpu, calls } = await load.escalate(CASES);
    const { p50, p99 } = await load.replied(await load.claimed(AGENT_CASES), REPLIES, AGENT_RATE);
    Object.assign(found, {
      caseCpu: cpu, caseRedis: redisCpu, caseCalls: calls, agentP50: p50, agentP99: p99,
    });
  });
  return found;
}

/** The knowledge of nothing but how to ask for a person: what zaide itself takes of the memory. */
function littleKnowledge() {
  const to = path.join(dir, 'little');
  mkdirSync(`${to}/en`, { recursive: true });
  for (const name of ['phrases', 'replies', 'tone', 'flows', 'kinds'])
    cpSync(`handlers/knowledge/en/${name}.yaml`, `${to}/en/${name}.yaml`);
  writeFileSync(`${to}/items.yaml`, 'human_request: { area: support, team: support, priority: 2, ' +
    'always_human: yes, collect: [] }\n');
  writeFileSync(`${to}/en/support.yaml`, 'reviewed_by: nobody yet\nitems:\n  human_request: ' +
    '{ title: A person, answer: [A person.], followups: [], examples: [a person], near: [] }\n');
  return { KNOWLEDGE_DIR: to, DATA_DIR: to };
}

async function measureLimits(fake, asked, answers) {
  const lines = asked.map(({ question }) => question);
  const limits = {
    fake: await fakeLimit(fake, sizes.CALLS, asked[0].answer),
    curl: await curlLimit(fake, sizes.CALLS, asked[0].answer),
    thinking: await thinkingCpu(ZAIDE, lines, sizes.CALLS, { DATA_DIR: dir }),
  };
  const little = littleKnowledge();
  await run(ZAIDE, ['ask', 'a person'], little); // what is learnt lies in its cache, as everywhere here
  const unlearnt = {
    ...SUBJECTS[0],
    start: (at, { redis }) => startZaide(ZAIDE, { ...zaideEnv(at, redis), ...little }),
  };
  await withBot(unlearnt, fake, asked, answers, async ({ bot }) => {
    limits.rss = bot.rss();
    limits.anonymous = bot.anonymous();
  });
  await withBot(SUBJECTS[0], fake, asked, answers, async (its) => {
    const user = await its.load.meet(1);
    let flood;
    const words = await recordCommit(its.redis, () => { flood = its.load.flood(user, 1); }, user);
    await flood;
    await its.bot.stop(); // it would send what is committed
    limits.redis = await redisLimit(its.redis, words, user, sizes.CALLS);
    limits.shape = await shapeLimit(its.redis, sizes.CALLS);
    limits.pairs = {};
    for (const kind of ['zaide', 'bare', 'bullmq'])
      limits.pairs[kind] = await pairsLimit(its.redis, kind, words, sizes.CALLS);
  });
  return limits;
}

const began = performance.now();
const foreignBefore = foreignCpu();
const asked = await askZaide();
const answers = path.join(dir, 'answers.json');
writeFileSync(answers, JSON.stringify(Object.fromEntries(asked.map((a) => [a.question, a.answer]))));
const fake = await Fake.start();
const rows = new Map(SUBJECTS.map(({ name }) => [name, []]));
for (let round = 1; round <= sizes.ROUNDS; round++)
  for (const subject of SUBJECTS) {
    progress(`round ${round} of ${sizes.ROUNDS}: ${subject.name}`);
    rows.get(subject.name).push(
      await measure(subject, fake, asked, answers, round === sizes.ROUNDS));
  }
progress('limits');
const limits = await measureLimits(fake, asked, answers);
progress('');
fake.close();
const seconds = (performance.now() - began) / 1000;
const foreign = (foreignCpu() - foreignBefore) / 1e6 / seconds / cpus().length;
printTable({ rows, limits, fsync: FSYNC, seconds, foreign, sizes });
process.exit();
