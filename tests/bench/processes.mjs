// The processes that are measured: zaide, the peers, a Redis. A bot has a core for itself alone; its
// Redis is on the other one, beside this process and the fake. All are ended by their pid.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setInterval } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CORE = process.env.BENCH_CORE ?? '';
export const FSYNC = process.env.BENCH_FSYNC ?? 'always';
const TICKS_PER_S = Number(execFileSync('getconf', ['CLK_TCK']));
const PATIENCE_MS = 60_000;
const LOOK_MS = 5;
const LOG_KEPT = 4000;
const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.join(HERE, '../..');

const cpuFields = (file, from, to) => {
  const stat = readFileSync(file, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(from, to);
  return (fields.reduce((sum, field) => sum + Number(field), 0) * 1e6) / TICKS_PER_S;
};

/** Microseconds of CPU that others than we and our ended children have had since the machine began. */
export function foreignCpu() {
  const [user, nice, system, , , ...interrupts] = // idle and waiting are left out
    /^cpu +(.*)/.exec(readFileSync('/proc/stat', 'utf8'))[1].split(' ').slice(0, 8).map(Number);
  const busy = [user, nice, system, ...interrupts].reduce((sum, ticks) => sum + ticks);
  return (busy * 1e6) / TICKS_PER_S - cpuFields('/proc/self/stat', 11, 15);
}

/** Microseconds of CPU that our ended children have had. */
const childrenCpu = () => cpuFields('/proc/self/stat', 13, 15);

/** What a program has of the CPU to read `input` and print what it makes of it. */
export async function cpuOf(program, args, input, env = {}) {
  const before = childrenCpu();
  await new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: ROOT, env: { PATH: process.env.PATH, ...env }, stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.on('error', reject).on('close', resolve);
    child.stdin.end(input);
  });
  return childrenCpu() - before;
}

const running = new Set();
process.on('exit', () => {
  for (const { child } of running) child.kill('SIGKILL');
});

/** Resolves when `look()` gives something; for what tells nobody when it changes. */
export async function until(look, what) {
  const end = performance.now() + PATIENCE_MS;
  for await (const _ of setInterval(LOOK_MS)) {
    if (await look()) return;
    if (performance.now() > end) throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s`);
  }
}

export class Process {
  log = '';

  constructor(program, args, { env = {}, core = CORE } = {}) {
    const [command, ...words] = [...(core ? ['taskset', '-c', core] : []), program, ...args];
    this.startedAt = performance.now();
    this.child = spawn(command, words, {
      cwd: ROOT, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.log = (this.log + text).slice(-LOG_KEPT);
      });
    running.add(this);
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        running.delete(this);
        this.status = signal ?? code;
        resolve();
      });
    });
    this.failed = this.ended.then(() => {
      if (!this.isStopping) throw new Error(`${program} ended (${this.status}):\n${this.log}`);
    });
    this.failed.catch(() => {});
  }

  /** Microseconds of CPU so far, of all threads that still run, user and system. */
  cpu() {
    const tasks = `/proc/${this.child.pid}/task`;
    const ran = readdirSync(tasks).map((id) => readFileSync(`${tasks}/${id}/schedstat`, 'utf8'));
    return ran.reduce((sum, text) => sum + parseInt(text, 10), 0) / 1000;
  }

  /** Megabytes in memory. */
  rss() {
    return this.#memory('VmRSS');
  }

  /** Those of them that are no pages of a file, as of libraries that others use, too. */
  anonymous() {
    return this.#memory('RssAnon');
  }

  #memory(name) {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)[1]) / 1024;
  }

  /** SIGTERM, and when that is not heeded, SIGKILL. */
  async stop(signal = 'SIGTERM') {
    this.isStopping = true;
    this.child.kill(signal);
    AbortSignal.timeout(10_000).addEventListener('abort', () => this.child.kill('SIGKILL'));
    await this.ended;
  }
}

/** A server of its own, with the options that zaide gives its embedded one. */
export class Redis extends Process {
  static async start(dir) {
    mkdirSync(dir, { recursive: true });
    const socket = path.join(dir, 'redis.sock');
    // redis-tools has the server under another name, and it goes by its own.
    const exec = 'p=$(command -v redis-server) || p=/usr/bin/redis-check-rdb; ' +
      'exec -a redis-server "$p" "$@"';
    const redis = new Redis('bash', ['-c', exec, 'bash',
      '--port', '0', '--unixsocket', socket, '--dir', dir, '--save', '', '--appendonly', 'yes',
      '--appendfsync', FSYNC, '--maxmemory-policy', 'noeviction',
    ], { core: '' });
    redis.socket = socket;
    const answers = () => existsSync(socket) && redis.call('PING').then(() => true, () => false);
    await Promise.race([redis.failed, until(answers, 'Redis')]);
    return redis;
  }

  /** The raw answer to one command. */
  call(...words) {
    return new Promise((resolve, reject) => {
      const link = net.connect(this.socket, () => link.end(`${words.join(' ')}\r\nQUIT\r\n`));
      let answer = '';
      link.setEncoding('utf8').on('data', (text) => { answer += text; });
      link.on('error', reject).on('close', () => resolve(answer));
    });
  }
}

/** Runs a program to its end, on this process's own core: what it printed. */
export const run = async (program, args, env = {}) => {
  const options = { cwd: ROOT, env: { PATH: process.env.PATH, ...env } };
  return (await promisify(execFile)(program, args, options)).stdout;
};

export function startBot(name, fake, answers, redis) {
  const args = [path.join(HERE, 'bots.mjs'), name, fake.url, answers];
  if (redis) args.push(redis.socket);
  return new Process(process.execPath, args);
}

export function startZaide(binary, env) {
  return new Process(binary, ['run'], { env });
}
