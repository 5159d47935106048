// The raw limits beside which the bots are seen: the fake with a client that does nothing, Redis with
// a real commit of zaide's again and again, Redis as a queue; and what zaide's thinking costs alone.
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TOKEN } from './fake.mjs';
import { Process, cpuOf, run } from './processes.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const RANDOM = '__rand_int__'; // redis-benchmark puts twelve digits there
const CLIENTS = 4;
const WORD_ROOT = 3;
const WORD_VERSION = 9; // of the words of a commit (functions.lua), FCALL being the first
const WORD_MEMBER = 11;
const PIPELINE = 32;

/** { perS, own }: calls a second, and how many the fake's own CPU would do. */
export async function fakeLimit(fake, count, text) {
  const before = process.cpuUsage();
  const client = new Process(process.execPath, [
    path.join(HERE, 'empty-client.mjs'), fake.url, String(count), text,
  ]);
  await client.ended;
  const { user, system } = process.cpuUsage(before);
  return { perS: Number(client.log), own: (count * 1e6) / (user + system) };
}

/** The same by libcurl, in C: { perS, cpu }, its own us a call. */
export async function curlLimit(fake, count, text) {
  const url = `${fake.url}/bot${TOKEN}/sendMessage`;
  const client = new Process(process.env.CURL_CLIENT, [url, String(count), JSON.stringify({ chat_id: 1, text })]);
  await client.ended;
  const [perS, cpu] = client.log.trim().split(' ').map(Number);
  return { perS, cpu };
}

/** Records the commit of `user` that follows `act()`: the words of its FCALL. */
export async function recordCommit(redis, act, user) {
  const link = net.connect(redis.socket);
  let text = '';
  const found = new Promise((resolve) => {
    link.setEncoding('utf8').on('data', (part) => {
      text += part;
      const calls = text.matchAll(/^\S+ \[.*?\] ("FCALL" "zaide\d+_commit" .*)\r\n/gm);
      const line = [...calls].find(([, words]) => words.includes(`:${user}"`))?.[1];
      if (line) resolve(line);
    });
  });
  await new Promise((resolve) => {
    link.once('data', resolve); // "+OK": it watches
    link.write('MONITOR\r\n');
  });
  act();
  const line = await Promise.race([found, redis.failed]);
  link.destroy();
  // Quoted as sdscatrepr does it; JSON knows all but \xNN, \a and \v, which cannot be in JSON.
  return line.match(/"(?:[^"\\]|\\.)*"/g).map(unquote);
}

const unquote = (quoted) => {
  const bytes = quoted.slice(1, -1)
    .replace(/\\x(..)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/\\(["\\nrt])/g, (_, c) => ({ n: '\n', r: '\r', t: '\t' })[c] ?? c);
  return Buffer.from(bytes, 'latin1').toString();
};

/** The same call of another customer, named `name`, whose record has this version. */
function asOf(words, user, name, version) {
  const own = words.map((word) => word.replaceAll(String(user), name));
  own[WORD_VERSION] = String(version);
  own[WORD_MEMBER] = `${name}${version}`; // of the event
  return own;
}

/** { perS, cpu }: such commits a second, each of another customer, and Redis's own us for each. */
export const redisLimit = (redis, words, user, count) =>
  benchmark(redis, asOf(words, user, RANDOM, 0), count);

// What a commit does to Redis, with nothing to read and nothing to decide.
const SHAPE = `#!lua name=bench
redis.register_function('bench_commit', function(keys, args)
  local p, who, text = keys[1], args[1], args[2]
  redis.call('HGET', p .. 'c:' .. who, 'version')
  redis.call('SADD', p .. 'seen', who)
  redis.call('EXPIRE', p .. 'seen', 172800)
  redis.call('HSET', p .. 'c:' .. who, 'version', '1', 'state', 'bot', 'lang', 'en', 'line', '2')
  redis.call('RPUSH', p .. 't:' .. who, text, text)
  redis.call('XADD', p .. 'out', '*', 'j', text)
  redis.call('HSET', p .. 'fly', who, '1 0 1')
  redis.call('HINCRBY', p .. 'n', 'answered', 1)
  for _, kind in ipairs({'c:', 't:', 'm:'}) do
    redis.call('PEXPIRE', p .. kind .. who, 86400000)
  end
  redis.call('PUBLISH', 'bench', '1')
end)`;

/** The same of calls that have a commit's shape and no more. */
export async function shapeLimit(redis, count) {
  await redis.call('FUNCTION', 'LOAD', 'REPLACE', JSON.stringify(SHAPE));
  return benchmark(redis, ['FCALL', 'bench_commit', '1', 'bench:', RANDOM, 'x'.repeat(300)], count);
}

/** Claims and completions a second of a kind of queue-client.mjs. */
export async function pairsLimit(redis, kind, words, count) {
  const client = new Process(process.execPath, [
    path.join(HERE, 'queue-client.mjs'), kind, redis.socket, String(count), words[WORD_ROOT],
  ]);
  await client.ended;
  return Number(client.log);
}

/** What the matcher and the extractor have of the CPU for one of these lines, in us. */
export async function thinkingCpu(zaide, lines, count, env) {
  const each = async (...args) => {
    const text = (n) => Array.from({ length: n }, (_, i) => `${lines[i % lines.length]}\n`).join('');
    const start = await cpuOf(zaide, args, text(lines.length), env);
    return (await cpuOf(zaide, args, text(count), env) - start) / count;
  };
  return { matcher: await each('classify', '--lang', 'en'), extractor: await each('extract') };
}

async function benchmark(redis, words, count) {
  const commits = async () => Number(/_xadd:calls=(\d+)/.exec(await redis.call('INFO all'))?.[1]);
  const [before, had] = [redis.cpu(), await commits()];
  const out = await run('redis-benchmark', [
    '-s', redis.socket, '-n', String(count), '-c', String(CLIENTS), '-P', String(PIPELINE),
    '-r', '1000000000', '--csv', ...words,
  ]);
  const cpu = (redis.cpu() - before) / count;
  const done = (await commits()) - had;
  if (done < 0.99 * count) throw new Error(`of ${count} commits only ${done} were: ${words.join(' ')}`);
  const [, perS] = /"([\d.]+)"(?:,"[\d.]+"){6}\s*$/.exec(out); // the first of seven numbers
  return { perS: Number(perS), cpu };
}
