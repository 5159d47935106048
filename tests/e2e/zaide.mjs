// One zaide process, its folder, its log, and the embedded Redis that belongs to the folder. All
// waiting here is for a condition; every process is ended by its pid, also when a test fails.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setInterval } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from './redis.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const BINARY = path.resolve(ROOT, process.env.ZAIDE ?? 'build/san/zaide');
export const KNOWLEDGE = path.join(ROOT, 'handlers/knowledge');
export const PATIENCE_MS = Number(process.env.PATIENCE_MS ?? 60_000); // a deadline, not a delay
const LOOK_MS = 10;

/** Resolves with the first truthy value of `look()`; for what tells nobody when it changes. */
export async function until(look, what, timeoutMs = PATIENCE_MS) {
  const end = performance.now() + timeoutMs;
  let value = await look();
  for await (const _ of setInterval(LOOK_MS)) {
    if (value) return value;
    if (performance.now() > end) throw new Error(`${what} did not come within ${timeoutMs} ms`);
    value = await look();
  }
}

/** A folder of its own: DATA_DIR and working directory of the processes that share it. */
export class Home {
  #redis = null;
  processes = new Set();

  constructor() {
    this.dir = mkdtempSync(path.join(tmpdir(), 'zaide-'));
    this.data = path.join(this.dir, 'var');
    homes.add(this);
  }

  get socket() {
    return path.join(this.data, 'redis/redis.sock');
  }

  /** A connection to the embedded server, when it answers; a new one when the old one broke. */
  redis() {
    const working = async () => {
      this.#redis ??= await Redis.open(this.socket);
      await this.#redis.call('PING');
      return this.#redis;
    };
    return until(() => working().catch(() => this.#hangUp()), 'an answer of Redis');
  }

  #hangUp() {
    this.#redis?.close();
    this.#redis = null;
  }

  /** Ends the embedded server with a signal; resolves with its pid when it is gone or stopped. */
  async signalRedis(signal) {
    const pid = this.redisPid();
    process.kill(pid, signal);
    if (signal === 'SIGKILL') await until(() => !isAlive(pid), 'the end of Redis');
    return pid;
  }

  /** Found by its title, which names the socket, so that it is surely ours. */
  redisPid() {
    const file = path.join(this.data, 'redis/redis.pid');
    const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    const title = pid && isAlive(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
    return title.includes(this.socket) ? pid : 0;
  }

  /** At once and for good: whatever still runs is killed, the folder is removed. */
  remove() {
    this.#hangUp();
    for (const zaide of this.processes) zaide.killNow();
    const pid = this.redisPid();
    if (pid) process.kill(pid, 'SIGKILL');
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 10 });
    homes.delete(this);
  }
}

const homes = new Set();
process.on('exit', () => {
  for (const home of homes) home.remove();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** Neither gone nor a zombie. */
export function isAlive(pid) {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

// Nothing of this shell's settings reaches zaide.
export function environment(home, env) {
  const all = {
    PATH: process.env.PATH, DATA_DIR: home.data, HTTP_LISTEN: '127.0.0.1:0',
    KNOWLEDGE_DIR: KNOWLEDGE, LANGUAGES: 'zh,en,vi', // fewer to learn from
    SURGE_REPORTS: '1000', // many ask the same here, and mean nothing by it
    ...sanitizers, ...env,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

// What zaide learns at its first start lies in its DATA_DIR for the next one. Tests have a new DATA_DIR
// each: they hand it on, so that it is learnt once.
function learnt({ KNOWLEDGE_DIR, LANGUAGES }) {
  const what = createHash('sha256').update(`${BINARY} ${KNOWLEDGE_DIR} ${LANGUAGES}`).digest('hex');
  return path.join(path.dirname(BINARY), 'learnt', what.slice(0, 16));
}

const madeAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function handOn(from, to) {
  if (madeAt(from) <= madeAt(to)) return;
  mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 });
  cpSync(from, `${to}.${process.pid}`, { preserveTimestamps: true });
  renameSync(`${to}.${process.pid}`, to);
}

const sanitizers = {
  ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0:exitcode=99',
  UBSAN_OPTIONS: 'print_stacktrace=1',
};

export class Zaide {
  log = '';
  status = null; // { code, signal } when it has ended
  #looking = new Set();

  /** Starts `zaide run` with `env`; resolves when it says where its pages are. */
  static async start(home, env) {
    const zaide = new Zaide(home, env);
    await zaide.logs(/http:\/\/127\.0\.0\.1:(\d+)\/healthz/);
    handOn(path.join(home.data, 'cache/faq'), learnt(zaide.env));
    return zaide;
  }

  /** Without waiting for anything: for starts that fail. */
  constructor(home, env = {}) {
    this.home = home;
    this.env = environment(home, env);
    if (this.env.DATA_DIR === home.data) handOn(learnt(this.env), path.join(home.data, 'cache/faq'));
    this.child = spawn(BINARY, ['run'], {
      cwd: home.dir, env: this.env, stdio: ['ignore', 'pipe', 'pipe'],
    });
    home.processes.add(this);
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.log += text;
        this.#look();
      });
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.status = { code, signal };
      home.processes.delete(this);
      this.#look();
      return this.status;
    });
    this.ended.catch(() => {});
  }

  get pid() {
    return this.child.pid;
  }

  /** Where its pages are. */
  get url() {
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.log)[0];
  }

  #look() {
    for (const look of [...this.#looking]) look();
  }

  /** Resolves with the match of a log line; rejects when the process ends without it. */
  logs(pattern, { after = 0, timeoutMs = PATIENCE_MS } = {}) {
    return new Promise((resolve, reject) => {
      const done = (settle, value) => {
        this.#looking.delete(look);
        settle(value);
      };
      const look = () => {
        const match = pattern.exec(this.log.slice(after));
        if (match) done(resolve, match);
        else if (this.status) done(reject, new Error(`zaide ended before it logged ${pattern}`));
      };
      const late = () => done(reject, new Error(`no ${pattern} in the log in ${timeoutMs} ms`));
      AbortSignal.timeout(timeoutMs).addEventListener('abort', late);
      this.#looking.add(look);
      look();
    });
  }

  async health() {
    const answer = await fetch(`${this.url}/healthz`);
    return { status: answer.status, ...(await answer.json()) };
  }

  /** { name: value }, labels left out of the name. */
  async metrics() {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const rows = text.matchAll(/^zaide_(\w+)(?:\{[^}]*\})? (\S+)$/gm);
    return Object.fromEntries([...rows].map(([, name, value]) => [name, Number(value)]));
  }

  signal(name) {
    this.child.kill(name);
  }

  killNow() {
    if (!this.status) this.child.kill('SIGKILL');
  }

  /** kill -9. */
  async kill() {
    this.killNow();
    await this.ended;
  }

  /** SIGTERM; resolves with the exit code, also when it has ended before. */
  async stop() {
    if (!this.status) this.child.kill('SIGTERM');
    AbortSignal.timeout(PATIENCE_MS).addEventListener('abort', () => this.killNow());
    const { code, signal } = await this.ended;
    return signal ?? code;
  }
}

/** Runs a command of zaide on a folder: { code, out, err }. */
export function command(home, env, ...words) {
  const options = { cwd: home.dir, env: environment(home, env), timeout: PATIENCE_MS };
  return new Promise((resolve) => {
    const child = execFile(BINARY, words, options, (error, out, err) =>
      resolve({ code: error ? (error.code ?? error.signal) : 0, out, err }),
    );
    child.stdin.end();
  });
}
