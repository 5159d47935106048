// An announcement to very many, from the plan to taking it back: RECIPIENTS people put into Redis, the platform of announce-platform.mjs,
// KILLS times kill -9 while it is sent, once while it is changed and once while it is taken back, ASK customers a second who want an answer
// meanwhile. The store is compared with what people got all along (announce-ledger.mjs), not only at the end. Prints times, how long
// customers waited, and memory; ends with 1 when somebody was missed, got it twice, when sums were wrong at any moment, when less than
// 99 % of the reachable were changed or taken back, or when an answer is missing. UNTIL=n stops there: paused, killed, resumed, cancelled.
//   ZAIDE=build/release/zaide node tests/bench/announce-soak.mjs
//   ZAIDE=build/release/zaide RECIPIENTS=1000000 UNTIL=150000 KILLS=2 node tests/bench/announce-soak.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Home, Zaide, command, until } from '../e2e/zaide.mjs';
import { Ledger, total } from './announce-ledger.mjs';
import { Platform } from './announce-platform.mjs';

const QUICK = process.env.BENCH === 'quick';
const setting = (name, quick, full) => Number(process.env[name] ?? (QUICK ? quick : full));
const N = setting('RECIPIENTS', 10_000, 100_000);
const KILLS = setting('KILLS', 1, 5);
const RATE = setting('RATE', 1000, 1000); // ANNOUNCE_PER_S
const ASK = setting('ASK', 20, 20);
const UNTIL = setting('UNTIL', 0, 0); // 0: all
const TEXT = 'news for all';
const CHANGED = 'news for all, changed';
const FLIGHTS = 30; // as FLIGHTS_MAX: in doubt after a crash
const LOOK_MS = 250;
const WAIT_MS = 12 * 3600_000;
const REACHED = 0.99;
const P95_MS = 1000;

const platform = new Platform({ recipients: N, text: TEXT, changed: CHANGED });
const home = new Home();
const ledger = new Ledger({ reach: () => home.redis(), platform });
const env = {
  TELEGRAM_BOT_TOKEN: '7:AAFakeTokenFakeTokenFakeTokenFake0', TELEGRAM_API_URL: await platform.listen(),
  ANNOUNCE_PER_S: String(RATE),
};
const faults = [];
const downs = []; // { from, to }: zaide was killed, and polls again
const phases = []; // { what, from, to }
const highest = { zaide: 0, redis: 0 };
let zaide;

async function must(...words) {
  const { code, out, err } = await command(home, env, ...words);
  if (code) throw new Error(`zaide ${words.join(' ')}: ${err}`);
  return out;
}

async function start() {
  const started = await Zaide.start(home, env);
  await started.logs(/polling and sending/);
  return started;
}

async function kill() {
  const from = performance.now();
  await zaide.kill();
  await ledger.look();
  zaide = await start();
  downs.push({ from, to: performance.now() });
}

const rss = (pid) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);

function weigh() {
  if (!zaide.status) highest.zaide = Math.max(highest.zaide, rss(zaide.pid));
  highest.redis = Math.max(highest.redis, rss(home.redisPid()));
}

/** Does it, and says how long it took and what the most memory was. */
async function phase(what, body) {
  const from = performance.now();
  Object.assign(highest, { zaide: 0, redis: 0 });
  const weighing = setInterval(weigh, LOOK_MS);
  try {
    weigh();
    await body();
    weigh();
  } finally {
    clearInterval(weighing);
  }
  const to = performance.now();
  phases.push({ what, from, to });
  console.log(`${what}: ${((to - from) / 1000).toFixed(1)} s, RSS at most: zaide ${highest.zaide} MB, Redis ${highest.redis} MB`);
}

const reaches = (...stages) => until(async () => stages.includes((await ledger.job()).stage), stages.join(' or '), WAIT_MS);
const count = (all, wanted) => all.reduce((n, value) => n + (value === wanted), 0);

/** Until so many of `reached()`, a kill at each of the even steps on the way. */
async function killed(kills, all, reached) {
  for (let i = 1; i <= kills; i++) {
    await until(() => reached() > (all * i) / (kills + 1), 'the next kill', WAIT_MS);
    await kill();
  }
}

const delivered = () => N - count(platform.got, 0);

async function send() {
  await must('announce', 'start', '1', '--as', 'bob');
  await reaches('checked', 'sending', 'done');
  if ((await ledger.job()).stage === 'checked') await must('announce', 'go', '1', '--as', 'bob');
  await killed(KILLS, UNTIL || N * 0.9, delivered);
  if (UNTIL) await partly();
  else await reaches('done');
}

/** Paused it stays, after a kill, too; resumed it goes on; then it is let be. */
async function partly() {
  await until(() => delivered() >= UNTIL, `${UNTIL} of them`, WAIT_MS);
  await must('announce', 'pause', '1', '--as', 'bob');
  await until(async () => !(await ledger.sums()).flying, 'nobody on his way', WAIT_MS);
  const paused = delivered();
  await kill();
  const answered = platform.answers.length; // others go on: a time in which nothing of ours may happen
  await until(() => platform.answers.length >= answered + 3 * ASK, 'answers meanwhile');
  if (delivered() !== paused) faults.push(`${delivered() - paused} got it in a pause`);
  await must('announce', 'resume', '1', '--as', 'bob');
  await until(() => delivered() > paused + 1000, 'more of them', WAIT_MS);
  await must('announce', 'cancel', '1', '--as', 'bob');
  await until(async () => !(await ledger.sums()).flying, 'nobody on his way', WAIT_MS);
}

async function checkSent() {
  const sums = await ledger.sums();
  const twice = N - count(platform.got, 0) - count(platform.got, 1);
  console.log(sums);
  if (total(sums) !== N) faults.push(`the sums are ${total(sums)}`);
  if (twice) faults.push(`${twice} got it twice`);
  if ((!UNTIL && sums.planned) || sums.flying) faults.push('somebody was missed');
  if ((sums.unknown ?? 0) > FLIGHTS * downs.length + platform.cuts) faults.push('more unknown than were on their way');
  if (delivered() < (sums.sent ?? 0) || delivered() > (sums.sent ?? 0) + (sums.unknown ?? 0)) faults.push('sums and deliveries differ');
}

/** The reachable are those whose message has a name that was told to the bot. */
function checkReached(what, wanted) {
  const reachable = count(platform.named, 1);
  const reached = platform.has.reduce((n, has, i) => n + (has === wanted && platform.named[i]), 0);
  const all = count(platform.has, wanted);
  console.log(`${what}: ${reached} of ${reachable} reachable (${((100 * reached) / reachable).toFixed(2)} %), ` +
    `of all who have it ${((100 * all) / delivered()).toFixed(2)} %`);
  if (reached < reachable * REACHED) faults.push(`${what}: ${reached} of ${reachable}`);
}

async function change(file) {
  writeFileSync(file, `text: ${CHANGED}\n`);
  await must('announce', 'text', '1', file, '--as', 'mia');
  await must('announce', 'change', '1', '--as', 'bob');
  await killed(1, count(platform.named, 1), () => platform.edited);
  await reaches('done', 'cancelled');
}

async function retract() {
  await must('announce', 'retract', '1', '--as', 'mia');
  await killed(1, count(platform.named, 1), () => platform.deleted);
  await reaches('retracted');
}

/** How long customers waited for an answer: in each phase, while zaide ran; and beside the kills. */
function reportAnswers() {
  const beside = ({ due, ms }) => downs.some(({ from, to }) => due < to && due + ms > from);
  const show = (what, answers) => {
    const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]?.toFixed(1);
    console.log(`answers ${what}: ${sorted.length}, p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, max ${at(1)} ms`);
    return Number(at(0.95));
  };
  for (const { what, from, to } of phases) {
    const asked = platform.answers.filter(({ due }) => due >= from && due < to);
    if (asked.length && show(`(${what})`, asked.filter((one) => !beside(one))) > P95_MS) faults.push(`answers took too long: ${what}`);
  }
  const asked = platform.answers.filter(beside);
  if (asked.length) show(`asked while it was killed or came back, ${downs.length} times`, asked);
}

try {
  zaide = await start();
  for (const name of ['mia', 'bob']) await must('agents', 'add', name, '--id', `telegram:${name.length}${name.charCodeAt(0)}`, '--role', 'manager');
  await until(() => ledger.find(), 'all partitions');
  await ledger.fill(N);
  const file = path.join(home.dir, 'news.yaml');
  writeFileSync(file, `text: ${TEXT}\n`);
  await phase(`${N} planned`, async () => {
    await must('announce', 'draft', file, '--as', 'mia');
    await until(async () => (await ledger.job()).n === N, 'the plan', WAIT_MS);
  });
  await ledger.begin();
  await must('announce', 'approve', '1', '--count', String(N), '--as', 'bob');
  const looking = setInterval(() => ledger.look().catch(() => {}), LOOK_MS);
  platform.ask(ASK);
  try {
    await phase(`sent to ${UNTIL || N}`, send);
    await checkSent();
    await phase('changed', () => change(file));
    checkReached('changed', 2);
    await phase('taken back', retract);
    checkReached('taken back', 3);
    platform.stopAsking();
    await until(() => !platform.unanswered, 'the last answers');
  } finally {
    clearInterval(looking);
  }
  await ledger.look();
  reportAnswers();
  console.log(`the sums were compared ${ledger.looks} times`);
  faults.push(...ledger.faults);
  await zaide.stop();
} finally {
  home.remove();
  platform.close();
}
for (const fault of faults) console.error(fault);
console.log(faults.length ? 'FAILED' : 'ok');
process.exitCode = faults.length ? 1 : 0;
