// Claims and completions a second on a Redis, pipelined: node queue-client.mjs KIND SOCKET COUNT ROOT.
// KIND: zaide, what the outbox does with a message: taken before its first byte leaves, settled once
// it is out; bare, the least of plain commands that does as much; bullmq, jobs that a worker gets and
// completes. All that is claimed is there before the clock starts. It prints pairs a second.
import net from 'node:net';

const CONNECTIONS = 4;
const PIPELINE = 64; // pairs
const JOBS = 1000; // added at once
const TEXT = 'x'.repeat(300);
const [, , kind, path, total, root] = process.argv;
const ACCOUNT = `bench:${kind}`;
const count = Number(total);
const encode = (...words) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
const call = (name, ...words) =>
  encode('FCALL', `zaide2_${name}`, '1', root, ACCOUNT, '1', ...words);

/** The commands of one pair, and how many lines Redis answers to them; functions.lua names the words. */
const pairs = {
  fill: {
    lines: 2,
    of: (stream, id) =>
      encode('XADD', `${root}out:${stream}`, `${id}-0`, 'j', JSON.stringify({ text: TEXT })),
  },
  zaide: {
    lines: 10,
    of: (stream, id) =>
      call('take', '1', stream, id, `${ACCOUNT}:${id}`, 'customer', '0', '0', '') +
      call('sent', String(Date.now()), '86400000', '1', stream, id, `${ACCOUNT}:${id}`, 'customer',
        '2', '1', id, '0', '', '0'),
  },
  bare: {
    lines: 3,
    of: (stream, id) => encode('HSET', `${root}fly:${stream}`, id, '1 0 1') +
      encode('XDEL', `${root}out:${stream}`, `${id}-0`) + encode('HDEL', `${root}fly:${stream}`, id),
  },
};

/** On a few connections, each of which has a stream and sends a lot when it has heard the last. */
function send({ lines, of }) {
  const run = (_, k) => new Promise((resolve, reject) => {
    let missing = 0;
    let left = count / CONNECTIONS;
    const link = net.connect(path, go).on('error', reject).on('data', (bytes) => {
      const text = bytes.latin1Slice();
      if (/(^|\n)-[A-Z]/.test(text)) reject(new Error(text));
      missing -= text.split('\n').length - 1;
      if (missing === 0) go();
    });
    function go() {
      let lot = '';
      for (let n = 0; n < PIPELINE && left > 0; n++, left--, missing += lines)
        lot += of(`${ACCOUNT}:${k}`, String(1 + count / CONNECTIONS - left));
      if (lot) link.write(lot);
      else link.end(resolve);
    }
  });
  return Promise.all(Array.from({ length: CONNECTIONS }, run));
}

async function jobs() {
  const { Queue, Worker } = await import('bullmq');
  const connection = { path, maxRetriesPerRequest: null };
  const queue = new Queue('bench', { connection });
  for (let n = 0; n < count; n += JOBS)
    await queue.addBulk(Array.from({ length: Math.min(JOBS, count - n) }, () =>
      ({ name: 'send', data: { text: TEXT }, opts: { removeOnComplete: true } })));
  return () => new Promise((resolve) => {
    let done = 0;
    const worker = new Worker('bench', async () => {}, { connection, concurrency: 256 });
    worker.on('completed', () => { if (++done === count) resolve(); });
  });
}

let work = () => send(pairs[kind]);
if (kind === 'bullmq') work = await jobs();
else await send(pairs.fill);
const start = performance.now();
await work();
console.log(count / ((performance.now() - start) / 1000));
process.exit();
