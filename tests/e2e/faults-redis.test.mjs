// Redis goes away: nothing is confirmed meanwhile, nothing is lost, and all goes on by itself.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { GREETING, confirmed, greetings, start } from './faults.mjs';
import { scene, until, words } from './harness.mjs';
import { Redis } from './redis.mjs';
import { listen } from './servers.mjs';
import { isAlive } from './zaide.mjs';

/** While Redis is away: not confirmed, not answered, and /healthz says so. */
async function standsStill(stage, customer) {
  const before = customer.heard().length;
  start(customer);
  const unwell = await until(async () => {
    const health = await stage.zaide.health();
    return health.status === 503 && health;
  }, '503 of /healthz');
  assert.equal(unwell.ok, false);
  assert.notEqual(unwell.redis, 'ok');
  assert.equal((await stage.zaide.metrics()).store_up, 0);
  assert.equal(stage.fake.queue({}).pending, 1, 'not confirmed');
  assert.equal(customer.heard().length, before);
}

async function goesOn(stage, customer) {
  await customer.hears(GREETING);
  await until(async () => (await stage.zaide.health()).status === 200, '200 of /healthz');
  await confirmed(stage);
  assert.equal(greetings(customer), 1, 'once');
}

scene('the embedded Redis is killed: revived, and all goes on', {
  agents: { mia: [] },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  for (let round = 1; round <= 3; round++) {
    const before = await stage.home.signalRedis('SIGKILL');
    ann.say(`round ${round}`);
    mia.say(topic, `answer ${round}`);
    await stage.posted({ topic, text: `round ${round}` });
    await ann.hears(`^answer ${round}$`);
    assert.notEqual(stage.home.redisPid(), before);
  }
  await confirmed(stage);
  const seen = stage.posts(topic).map(words).join('\n').match(/round \d/g);
  assert.deepEqual(seen, ['round 1', 'round 2', 'round 3']);
  const heard = ann.heard().map(words).filter((text) => text.startsWith('answer'));
  assert.deepEqual(heard, ['answer 1', 'answer 2', 'answer 3']);
});

scene('a Redis that stands still: nothing is confirmed, /healthz says so, then all goes on', {
}, async (stage) => {
  await confirmed(stage);
  await stage.home.signalRedis('SIGSTOP');
  const ann = stage.customer('Ann');
  await standsStill(stage, ann);
  await stage.home.signalRedis('SIGCONT');
  await goesOn(stage, ann);
});

// Debian's redis-tools has the server under another name; it goes by how it is called.
const program = ['/usr/bin/redis-server', '/usr/bin/redis-check-rdb'].find(existsSync);

/** A redis-server of the operator's own, which keeps its data: { start, end(signal) }. */
class Server {
  constructor(home, t, where, options, name = 'own-redis') {
    this.dir = path.join(home.dir, name);
    mkdirSync(this.dir);
    Object.assign(this, { where, options });
    t.after(() => this.child?.kill('SIGKILL'));
  }

  async start() {
    const words = [...this.options, '--dir', this.dir, '--appendonly', 'yes', '--appendfsync', 'always'];
    this.child = spawn(program, words, { argv0: 'redis-server', stdio: 'ignore' });
    const redis = await until(() => Redis.open(this.where).catch(() => null), 'a redis-server');
    await until(() => redis.call('PING').catch(() => null), 'its data');
    redis.close();
  }

  async end(signal) {
    this.child.kill(signal);
    await once(this.child, 'exit');
  }
}

async function comesAndGoes(stage, server, url) {
  stage.env.REDIS_URL = url;
  await server.start();
  await stage.start();
  const redis = await Redis.open(server.where);
  stage.home.redis = async () => redis; // instead of the embedded one
  await stage.addAgent('mia');
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  for (const [round, signal] of ['SIGTERM', 'SIGKILL'].entries()) {
    const ben = stage.customer(`Ben${round}`);
    await confirmed(stage);
    await server.end(signal);
    await standsStill(stage, ben);
    ann.say(`round ${round}`);
    mia.say(topic, `answer ${round}`);
    await server.start();
    await goesOn(stage, ben);
    await stage.posted({ topic, text: `round ${round}` });
    await ann.hears(`^answer ${round}$`);
  }
  assert.equal(stage.home.redisPid(), 0, 'no embedded server beside it');
  const heard = ann.heard().map(words).filter((text) => text.startsWith('answer'));
  assert.deepEqual(heard, ['answer 0', 'answer 1']);
  assert.equal(await stage.zaide.stop(), 0);
  assert.ok(isAlive(server.child.pid), 'the operator keeps the server');
  await server.end('SIGTERM');
}

scene('an external Redis over TCP goes away and comes back', { idle: true }, async (stage, t) => {
  const { port, close } = await listen();
  await close();
  const options = ['--port', String(port), '--bind', '127.0.0.1'];
  const server = new Server(stage.home, t, { host: '127.0.0.1', port }, options);
  await comesAndGoes(stage, server, `redis://127.0.0.1:${port}`);
});

scene('an external Redis over a unix socket goes away and comes back', {
  idle: true,
}, async (stage, t) => {
  const socket = path.join(stage.home.dir, 'own.sock');
  const server = new Server(stage.home, t, socket, ['--port', '0', '--unixsocket', socket]);
  await comesAndGoes(stage, server, `unix://${socket}`);
});

scene('an external Redis that is away at the start is waited for', { idle: true }, async (stage, t) => {
  const socket = path.join(stage.home.dir, 'own.sock');
  const server = new Server(stage.home, t, socket, ['--port', '0', '--unixsocket', socket]);
  await stage.launch({ ...stage.env, REDIS_URL: `unix://${socket}` });
  assert.equal((await stage.zaide.health()).status, 503);
  const ann = stage.customer('Ann');
  start(ann);
  await server.start();
  await goesOn(stage, ann);
});

const REFUSALS = {
  'its memory is full': {
    harm: ['CONFIG', 'SET', 'maxmemory', '1'], mend: ['CONFIG', 'SET', 'maxmemory', '0'],
    said: /maxmemory is used up/,
  },
  'it has become a replica': {
    harm: ['REPLICAOF', '127.0.0.1', '1'], mend: ['REPLICAOF', 'NO', 'ONE'], said: /replica/,
  },
  'too few replicas are connected': {
    harm: ['CONFIG', 'SET', 'min-replicas-to-write', '3'],
    mend: ['CONFIG', 'SET', 'min-replicas-to-write', '0'], said: /too few replicas/,
  },
};

scene('a Redis that refuses to write: said with the next step, then all goes on', {
  idle: true,
}, async (stage, t) => {
  const socket = path.join(stage.home.dir, 'own.sock');
  const server = new Server(stage.home, t, socket, ['--port', '0', '--unixsocket', socket]);
  await server.start();
  await stage.start({ env: { REDIS_URL: `unix://${socket}` } });
  const redis = await Redis.open(socket);
  for (const [name, { harm, mend, said }] of Object.entries(REFUSALS)) {
    await confirmed(stage);
    await redis.call(...harm);
    const customer = stage.customer(name);
    await standsStill(stage, customer);
    assert.match((await stage.zaide.health()).redis, said);
    await redis.call(...mend);
    await goesOn(stage, customer);
  }
  await redis.call('FUNCTION', 'FLUSH'); // it loads its functions again by itself
  const ann = stage.customer('Ann');
  start(ann);
  await goesOn(stage, ann);
});

scene('a replica that hangs: said in /healthz, and nobody waits for it', {
  idle: true,
}, async (stage, t) => {
  const [first, second] = [await listen(), await listen()];
  const server = ({ port }, name, ...more) =>
    new Server(stage.home, t, { host: '127.0.0.1', port }, [
      '--port', String(port), '--bind', '127.0.0.1', '--repl-diskless-sync-delay', '0', ...more,
    ], name);
  await Promise.all([first.close(), second.close()]);
  const primary = server(first, 'primary');
  const replica = server(second, 'replica', '--replicaof', '127.0.0.1', String(first.port));
  await primary.start();
  await replica.start();
  await stage.start({ env: { REDIS_URL: `redis://127.0.0.1:${first.port}` } });
  const confirms = async () => (await stage.zaide.health()).redis === 'ok';
  const [ann, ben] = [stage.customer('Ann'), stage.customer('Ben')];
  start(ann);
  await goesOn(stage, ann);
  await until(confirms, 'a replica in sync');

  replica.child.kill('SIGSTOP');
  start(ben);
  await goesOn(stage, ben); // 200 all the while
  const health = await until(async () => {
    const found = await stage.zaide.health();
    return found.redis !== 'ok' && found;
  }, 'a word about the replica');
  assert.match(health.redis, /^up, but no replica confirms/);
  assert.equal(health.status, 200);
  replica.child.kill('SIGCONT');
  await until(confirms, 'the replica again');
});

scene('an entry that nobody can read is a dead letter: /healthz counts it, the rest goes on', {
}, async (stage) => {
  const redis = await stage.home.redis();
  const ann = stage.customer('Ann');
  start(ann);
  await goesOn(stage, ann);
  const [out] = await redis.call('KEYS', 'zaide:{*}:out:telegram:*');
  const root = out.slice(0, out.indexOf('}:') + 2);
  const id = await redis.call('HINCRBY', `${root}seq`, out.slice(root.length), 1);
  await redis.call('XADD', out, `${id}-0`, 'j', '{"of":"another release"}');
  ann.say('my lamp is blinking at night');
  await ann.hears('your case #[0-9]+ in line');
  const health = await until(async () => {
    const found = await stage.zaide.health();
    return found.unreadable && found;
  }, 'its count in /healthz');
  assert.deepEqual([health.status, health.unreadable], [200, 1]);
  await until(async () => (await redis.call('XLEN', out)) === 0, 'an empty stream');
  const [[, letter]] = await redis.call('XRANGE', `${root}dead`, '-', '+');
  assert.match(letter.join(' '), /another release.*cannot be read/);
});
