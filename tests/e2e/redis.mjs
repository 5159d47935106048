// A Redis client in a few lines: enough to read what zaide has stored, and to ask the server who
// it is. Not for load.
import net from 'node:net';

export class Redis {
  #socket;
  #received = Buffer.alloc(0);
  #waiting = [];

  /** `where`: the path of a unix socket, or { host, port }. */
  static async open(where) {
    const redis = new Redis();
    await new Promise((resolve, reject) => {
      redis.#socket = net.connect(typeof where === 'string' ? { path: where } : where, resolve);
      redis.#socket.once('error', reject);
    });
    redis.#socket.on('data', (bytes) => redis.#read(bytes));
    redis.#socket.on('error', () => {});
    redis.#socket.on('close', () => {
      for (const { reject } of redis.#waiting.splice(0)) reject(new Error('Redis hung up'));
    });
    return redis;
  }

  /** The answer as string, number, null or (nested) array; an error answer rejects. */
  call(...words) {
    const parts = words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`);
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('Redis hung up'));
      this.#waiting.push({ resolve, reject });
      this.#socket.write(`*${words.length}\r\n${parts.join('')}`);
    });
  }

  /** The pid of the server. */
  async pid() {
    return Number(/process_id:(\d+)/.exec(await this.call('INFO', 'server'))[1]);
  }

  close() {
    this.#socket.destroy();
  }

  #read(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    let at = 0;
    while (this.#waiting.length > 0) {
      const found = parse(this.#received, at);
      if (!found) break;
      at = found.end;
      const { resolve, reject } = this.#waiting.shift();
      if (found.value instanceof Error) reject(found.value);
      else resolve(found.value);
    }
    this.#received = this.#received.subarray(at);
  }
}

// { value, end }, or null while the answer is not whole.
function parse(bytes, at) {
  const line = bytes.indexOf('\r\n', at);
  if (line < 0) return null;
  const head = bytes.toString('utf8', at + 1, line);
  const end = line + 2;
  switch (bytes[at]) {
    case 0x2b: // +
      return { value: head, end };
    case 0x2d: // -
      return { value: new Error(head), end };
    case 0x3a: // :
      return { value: Number(head), end };
    case 0x24: { // $
      const length = Number(head);
      if (length < 0) return { value: null, end };
      if (bytes.length < end + length + 2) return null;
      return { value: bytes.toString('utf8', end, end + length), end: end + length + 2 };
    }
    default: { // *
      const items = [];
      let next = end;
      for (let left = Number(head); left > 0; left--) {
        const found = parse(bytes, next);
        if (!found) return null;
        items.push(found.value);
        next = found.end;
      }
      return { value: items, end: next };
    }
  }
}
