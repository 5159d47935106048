// What zaide meets besides Telegram: a redis-server of the test's own, one that says what the test
// tells it to, and a terminal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from './redis.mjs';
import { BINARY, PATIENCE_MS, environment, until } from './zaide.mjs';

/** Holds a free TCP port; resolves with { port, close() }. */
export async function listen(onConnection = (socket) => socket.destroy()) {
  const server = net.createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, close: () => new Promise((done) => server.close(done)) };
}

// Debian's redis-tools has the server under another name; it goes by how it is called.
function redisProgram() {
  const folders = process.env.PATH.split(':').map((folder) => path.join(folder, 'redis-server'));
  return folders.find(existsSync) ?? '/usr/bin/redis-check-rdb';
}

/** A real redis-server on a TCP port, without a disk: { url, port, call(...words), stop() }. */
export async function startRedis(...options) {
  const free = await listen();
  await free.close();
  const { port } = free;
  const dir = mkdtempSync(path.join(tmpdir(), 'zaide-redis-'));
  const where = ['--port', port, '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
  const server = spawn(redisProgram(), [...where, ...options].map(String), {
    argv0: 'redis-server', stdio: 'ignore',
  });
  const killNow = () => server.kill('SIGKILL');
  process.on('exit', killNow);
  const open = () => Redis.open({ host: '127.0.0.1', port }).catch(() => null);
  const redis = await until(open, 'a redis-server');
  return {
    url: `redis://127.0.0.1:${port}`, port, call: (...words) => redis.call(...words),
    async stop() {
      redis.close();
      killNow();
      await once(server, 'close');
      process.off('exit', killNow);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Answers PING, SUBSCRIBE, and INFO with `info`; all else is an error. null: never says a word. */
export async function scriptRedis(info) {
  const sockets = new Set();
  const answers = info !== null && {
    PING: '+PONG\r\n', INFO: `$${info.length}\r\n${info}\r\n`,
    SUBSCRIBE: '*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n',
  };
  const server = await listen((socket) => {
    sockets.add(socket);
    // Each of zaide's commands comes whole in one piece; their names are all that is read.
    socket.on('error', () => {}).on('data', (bytes) => {
      if (!answers) return;
      for (const [, name] of bytes.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g))
        socket.write(answers[name] ?? '-ERR unknown command\r\n');
    });
  });
  return {
    url: `redis://127.0.0.1:${server.port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      return server.close();
    },
  };
}

/** `zaide run` in a terminal: what it prints, with waiting for more of it; keys are typed. */
export class Terminal {
  screen = '';
  #seen = 0;

  constructor(home, env = {}) {
    const options = { cwd: home.dir, env: environment(home, { ...env, TERM: 'dumb' }) };
    this.child = spawn('script', ['-qfec', `${BINARY} run`, '/dev/null'], options);
    home.processes.add(this);
    this.child.stdout.setEncoding('utf8').on('data', (text) => { this.screen += text; });
    this.ended = once(this.child, 'close').then(([code]) => code);
  }

  /** Resolves with the match of what comes next on the screen. */
  async shows(pattern) {
    const look = () => pattern.exec(this.screen.slice(this.#seen)) ?? this.#isOver();
    const match = await until(look, `${pattern} on the screen`);
    if (match === true) throw new Error(`it ended before it showed ${pattern}:\n${this.screen}`);
    this.#seen += match.index + match[0].length;
    return match;
  }

  #isOver() {
    return this.child.exitCode !== null;
  }

  types(line) {
    this.child.stdin.write(`${line}\n`);
  }

  /** Ctrl-D; resolves with the exit status. */
  async endOfInput() {
    this.child.stdin.write('\x04');
    AbortSignal.timeout(PATIENCE_MS).addEventListener('abort', () => this.killNow());
    return this.ended;
  }

  killNow() {
    this.child.kill('SIGKILL'); // its terminal goes with it: zaide reads the end and ends, too
  }
}
