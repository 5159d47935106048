// A Bot API for very many: it refuses 2 % of the calls for a second, says of 5 % of the people that they blocked the bot, and cuts the
// line of 1 % after it took the call. Beside that customers ask, at fixed times, answered or not. It keeps a byte a person of what each has.
import { createServer } from 'node:http';

export const FIRST = 100_000; // the recipients' ids, from here on
const CUSTOMERS = 50_000_000; // those who ask: each is new, and asks once
const QUESTION = 'how much is the withdrawal fee';
const ANSWER = 'shows the exact fee'; // is part of it
const POLL_MS = 1000;
const BATCH = 100;

/** Which hundredth of the people somebody is in, another for each kind of call. */
const lot = (chat, kind) => ((chat * 2654435761 + kind * 40503) % 4294967296) % 100;
const LIMITED = 2;
const BLOCKED = 7; // from LIMITED on
const CUT = 8; // from BLOCKED on

export class Platform {
  cuts = 0; // of first sends
  edited = 0;
  deleted = 0;
  #called = []; // by kind, a byte a person: was it called for him?
  #updates = [];
  #nextUpdate = 1000;
  #poll = null; // the response that waits for updates
  #asked = new Map(); // customer -> when it was due
  answers = []; // { due, ms } of each question, when it was due and how long it took

  /** `text` is what counts as the announcement, `changed` as what it becomes. */
  constructor({ recipients, text, changed }) {
    Object.assign(this, { text, changed });
    this.got = new Uint8Array(recipients); // how often
    this.has = new Uint8Array(recipients); // 0 nothing, 1 the text, 2 what it became, 3 deleted
    this.named = new Uint8Array(recipients); // the bot was told the message's id
    for (let kind = 0; kind < 3; kind++) this.#called.push(new Uint8Array(recipients));
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => this.#call(request.url.split('/').at(-1), body && JSON.parse(body), response));
    });
    this.server.keepAliveTimeout = 600_000;
  }

  async listen() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  close() {
    clearInterval(this.clock);
    this.server.close();
    this.server.closeAllConnections();
  }

  /** From now on so many ask a second. */
  ask(perS) {
    if (!perS) return;
    let next = performance.now();
    this.clock = setInterval(() => {
      for (; next <= performance.now(); next += 1000 / perS) this.#say(next);
    }, 5);
  }

  get unanswered() {
    return this.#asked.size;
  }

  stopAsking() {
    clearInterval(this.clock);
  }

  #say(due) {
    const id = CUSTOMERS + this.answers.length + this.#asked.size;
    const who = { id, first_name: 'C' };
    this.#asked.set(id, due);
    this.#updates.push({
      update_id: this.#nextUpdate++,
      message: {
        message_id: 1, date: Math.floor(Date.now() / 1000), text: QUESTION, chat: { ...who, type: 'private' },
        from: { ...who, is_bot: false, language_code: 'en' },
      },
    });
    if (this.#poll) this.#hand();
  }

  #hand() {
    ok(this.#poll, this.#updates.slice(0, BATCH));
    this.#poll = null;
  }

  // What is confirmed is forgotten, all else comes again: also to the next one after a kill.
  #getUpdates({ offset = 0 }, response) {
    const known = this.#updates.findIndex(({ update_id }) => update_id >= offset);
    this.#updates.splice(0, known < 0 ? this.#updates.length : known);
    this.#poll = response;
    if (this.#updates.length) return this.#hand();
    response.on('close', () => { if (this.#poll === response) this.#poll = null; });
    AbortSignal.timeout(POLL_MS).addEventListener('abort', () => { if (this.#poll === response) this.#hand(); });
  }

  #call(method, args, response) {
    if (method === 'getMe') return ok(response, { id: 7, is_bot: true, first_name: 'b', username: 'soak_bot' });
    if (method === 'getUpdates') return this.#getUpdates(args, response);
    const i = Number(args.chat_id) - FIRST;
    if (!(i >= 0 && i < this.got.length)) return this.#hear(args, response);
    if (method === 'sendMessage' && args.text === this.text) return this.#send(i, response);
    if (method === 'editMessageText' && args.text === this.changed) return this.#edit(i, response);
    if (method === 'deleteMessage') return this.#delete(i, response);
    ok(response, { message_id: 1 });
  }

  #hear({ chat_id, text }, response) {
    const due = this.#asked.get(Number(chat_id));
    if (due !== undefined && text?.includes(ANSWER)) {
      this.#asked.delete(Number(chat_id));
      this.answers.push({ due, ms: performance.now() - due });
    }
    ok(response, { message_id: 2 });
  }

  /** Is the call refused for now? Only the first one is. */
  #isLimited(i, kind, response) {
    const first = !this.#called[kind][i];
    this.#called[kind][i] = 1;
    if (!first || lot(FIRST + i, kind) >= LIMITED) return false;
    refuse(response, 429, 'Too Many Requests: retry after 1', { retry_after: 1 });
    return true;
  }

  /** The call was taken, but nobody hears of it. */
  #isCut(i, kind, response) {
    const at = lot(FIRST + i, kind);
    if (at < BLOCKED || at >= CUT) return false;
    response.socket.destroy();
    return true;
  }

  #send(i, response) {
    if (this.#isLimited(i, 0, response)) return;
    const at = lot(FIRST + i, 0);
    if (at >= LIMITED && at < BLOCKED) return void refuse(response, 403, 'Forbidden: bot was blocked by the user');
    this.got[i]++;
    this.has[i] = 1;
    if (this.#isCut(i, 0, response)) return void this.cuts++;
    this.named[i] = 1;
    ok(response, { message_id: FIRST + i });
  }

  #edit(i, response) {
    if (this.#isLimited(i, 1, response)) return;
    if (this.has[i] === 2) return void refuse(response, 400, 'Bad Request: message is not modified');
    if (this.has[i] !== 1) return void refuse(response, 400, 'Bad Request: message to edit not found');
    this.has[i] = 2;
    this.edited++;
    if (!this.#isCut(i, 1, response)) ok(response, { message_id: FIRST + i });
  }

  #delete(i, response) {
    if (this.#isLimited(i, 2, response)) return;
    if (this.has[i] !== 1 && this.has[i] !== 2) return void refuse(response, 400, 'Bad Request: message to delete not found');
    this.has[i] = 3;
    this.deleted++;
    if (!this.#isCut(i, 2, response)) ok(response, true);
  }
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const ok = (response, result) => answer(response, 200, { ok: true, result });
const refuse = (response, code, description, parameters) =>
  answer(response, code, { ok: false, error_code: code, description, parameters });
