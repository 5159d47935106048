// The least of a Bot API that a bot under load needs, on bare sockets, so that the bot is the slow
// side; the strict fake of the end-to-end tests is several times slower. It counts and times the
// calls, and leaves the judgement to whoever looks at `onCall`.
import net from 'node:net';

export const BOT = { id: 7000001, is_bot: true, first_name: 'Bench', username: 'bench_bot' };
export const TOKEN = `${BOT.id}:AAFakeTokenFakeTokenFakeTokenFake0`;
export const STAFF = -1001234567890;

const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_BATCH = 100;
const LOOK_MS = 1000;

/** JSON as the Bot API writes it: nothing beyond ASCII. */
const ascii = (value) =>
  JSON.stringify(value).replace(/[\u0080-\uffff]/g, (c) =>
    `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

const memo = new Map();
/** The few texts that come again and again are escaped once. */
function quoted(text) {
  let found = memo.get(text);
  if (!found) {
    found = ascii(text);
    if (memo.size < 1000) memo.set(text, found);
  }
  return found;
}

const STANDING = {
  getme: ascii({ ...BOT, can_join_groups: true, can_read_all_group_messages: false }),
  getchat: ascii({ id: STAFF, type: 'supergroup', title: 'Staff', is_forum: true }),
  getchatadministrators: ascii([
    { status: 'creator', user: { id: 900, is_bot: false, first_name: 'Olga' } },
    {
      status: 'administrator', user: BOT, can_manage_topics: true, can_pin_messages: true,
      can_delete_messages: true,
    },
  ]),
};

export class Fake {
  calls = 0;
  said = 0; // by customers, to this bot
  delayMs = 0; // what each call but getUpdates takes
  onCall = () => {}; // (method, parameters, result) of each call but getUpdates, when it has been read
  #queue = []; // { id, text } as they stand in an answer
  #nextUpdate = 1_000_000;
  #nextMessage = 100;
  #poll = null; // the getUpdates that waits: { socket, limit, until }
  #wakes = false;
  #onFirstPoll = null;
  #late = []; // answers that are held back: { socket, result, at }

  static async start() {
    const fake = new Fake();
    fake.server = net.createServer({ noDelay: true }, (socket) => fake.#serve(socket));
    await new Promise((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
    fake.url = `http://127.0.0.1:${fake.server.address().port}`;
    fake.clock = setInterval(() => fake.#poll?.until < performance.now() && fake.#answer(), LOOK_MS);
    fake.lateClock = setInterval(() => fake.#flush(), 1);
    return fake;
  }

  close() {
    clearInterval(this.clock);
    clearInterval(this.lateClock);
    this.server.close();
  }

  /** A new bot comes: nothing waits for it. Resolves with the time of its first getUpdates. */
  reset() {
    this.#queue = [];
    this.#poll = null;
    this.said = 0;
    return new Promise((resolve) => { this.#onFirstPoll = resolve; });
  }

  /** `user` (an id) writes `text` to the bot. */
  say(user, text) {
    const id = this.#nextUpdate++;
    const date = Math.floor(Date.now() / 1000);
    const who = `"id":${user},"first_name":"U${user % 1000}"`;
    const from = `{${who},"is_bot":false,"language_code":"en"}`;
    this.said++;
    this.#push(id, `{"update_id":${id},"message":{"message_id":${this.#nextMessage++},"from":${from},` +
      `"chat":{${who},"type":"private"},"date":${date},"text":${quoted(text)}}}`);
  }

  /** The staff's creator writes in a topic. */
  sayInTopic(thread, text) {
    const id = this.#nextUpdate++;
    const date = Math.floor(Date.now() / 1000);
    this.#push(id, `{"update_id":${id},"message":{"message_id":${this.#nextMessage++},` +
      `"message_thread_id":${thread},"is_topic_message":true,` +
      '"from":{"id":900,"is_bot":false,"first_name":"Olga","language_code":"en"},' +
      `"chat":{"id":${STAFF},"type":"supergroup","title":"Staff","is_forum":true},` +
      `"date":${date},"text":${quoted(text)}}}`);
  }

  #push(id, text) {
    this.#queue.push({ id, text });
    if (!this.#poll || this.#wakes) return;
    this.#wakes = true;
    setImmediate(() => {
      this.#wakes = false;
      if (this.#poll) this.#answer();
    });
  }

  #serve(socket) {
    let rest = null;
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#poll?.socket === socket) this.#poll = null;
    });
    socket.on('data', (bytes) => {
      const all = rest ? Buffer.concat([rest, bytes]) : bytes;
      const used = this.#read(socket, all);
      rest = used < all.length ? all.subarray(used) : null;
    });
  }

  // All whole requests in `bytes`; how many bytes they were.
  #read(socket, bytes) {
    for (let at = 0; ;) {
      const end = bytes.indexOf(HEAD_END, at);
      if (end < 0) return at;
      const head = bytes.latin1Slice(at, end);
      if (/\ntransfer-encoding:/i.test(head)) throw new Error('a body without a length');
      const length = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const body = end + HEAD_END.length;
      if (bytes.length < body + length) return at;
      at = body + length;
      const [, method] = /^\w+ \/bot[^/]+\/(\w+)/.exec(head);
      this.#call(socket, method.toLowerCase(), parameters(bytes.utf8Slice(body, at)));
    }
  }

  #call(socket, method, json) {
    if (method === 'getupdates') {
      this.#getUpdates(socket, json);
      return;
    }
    this.calls++;
    const result = this.#result(method, json);
    if (this.delayMs) this.#late.push({ socket, result, at: performance.now() + this.delayMs });
    else reply(socket, result);
    this.onCall(method, json, result);
  }

  #flush() {
    let n = 0;
    for (const now = performance.now(); n < this.#late.length && this.#late[n].at <= now; n++)
      reply(this.#late[n].socket, this.#late[n].result);
    if (n) this.#late.splice(0, n);
  }

  #result(method, json) {
    if (method === 'sendmessage') return this.#sent(json);
    if (method === 'createforumtopic')
      return `{"message_thread_id":${this.#nextMessage++},"name":${quoted(json.name)},` +
        '"icon_color":7322096}';
    return STANDING[method] ?? 'true';
  }

  #sent({ chat_id, text, message_thread_id, reply_markup }) {
    const chat = Number(chat_id);
    const where = chat < 0 ? '"type":"supergroup","title":"Staff","is_forum":true'
      : `"type":"private","first_name":"U${chat % 1000}"`;
    const thread = message_thread_id
      ? `"message_thread_id":${message_thread_id},"is_topic_message":true,` : '';
    const markup = reply_markup ? `,"reply_markup":${ascii(reply_markup)}` : '';
    return `{"message_id":${this.#nextMessage++},${thread}"from":${BOT_JSON},` +
      `"chat":{"id":${chat},${where}},"date":${Math.floor(Date.now() / 1000)},` +
      `"text":${quoted(text)}${markup}}`;
  }

  #getUpdates(socket, { offset = 0, limit = MAX_BATCH, timeout = 0 }) {
    if (timeout > 0) { // one without asks for its own bookkeeping
      this.#onFirstPoll?.(performance.now());
      this.#onFirstPoll = null;
    }
    let done = 0;
    while (done < this.#queue.length && this.#queue[done].id < offset) done++;
    if (done) this.#queue.splice(0, done);
    this.#poll = { socket, limit, until: performance.now() + timeout * 1000 };
    if (this.#queue.length > 0 || timeout === 0) this.#answer();
  }

  #answer() {
    const { socket, limit } = this.#poll;
    this.#poll = null;
    reply(socket, `[${this.#queue.slice(0, limit).map(({ text }) => text).join(',\n')}]`);
  }
}

const BOT_JSON = ascii(BOT);

/** A body is JSON, or a form. */
function parameters(body) {
  if (body.startsWith('{')) return JSON.parse(body);
  const fields = Object.fromEntries(new URLSearchParams(body));
  for (const name of ['offset', 'limit', 'timeout', 'chat_id', 'message_thread_id'])
    if (fields[name]) fields[name] = Number(fields[name]);
  return fields;
}

function reply(socket, result) {
  const length = result.length + '{"ok":true,"result":}'.length;
  socket.write('HTTP/1.1 200 OK\r\nServer: nginx/1.18.0\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${length}\r\nConnection: keep-alive\r\n\r\n{"ok":true,"result":${result}}`,
    'latin1');
}
