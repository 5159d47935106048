// The HTTP side: /bot<token>/<method>, /file/bot<token>/<path>, /_control/<name>; carries out the
// scripted faults and keeps the log of calls.
import http from 'node:http';
import { parseArgs, readBody } from './body.mjs';
import { Args } from './args.mjs';
import { serveControl } from './control-http.mjs';
import { ApiError } from './errors.mjs';
import { refusal } from './faults.mjs';
import { Described, Raw } from './methods/results.mjs';
import { methods } from './methods/index.mjs';
import { ascii } from './updates.mjs';

const TOKEN = /^\d+:[A-Za-z0-9_-]+$/;
const BOT_URL = /^\/bot([^/]*)\/(?:test\/)?([^/?]*)(?:\?(.*))?$/;
const FILE_URL = /^\/file\/bot([^/]*)\/([^?]*)/;
const JSON_TYPE = { 'content-type': 'application/json' };

const later = (clock, ms) => new Promise((resolve) => clock.at(ms, resolve));

export class Server {
  /** `fake`: { world, limits, faults, journal, clock, control }. */
  constructor(fake) {
    this.fake = fake;
    this.http = http.createServer((request, response) => this.#route(request, response));
    this.http.keepAliveTimeout = 60_000;
    this.http.requestTimeout = 0;
  }

  listen(port) {
    return new Promise((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, '127.0.0.1', () => resolve(this.http.address().port));
    });
  }

  async close() {
    const closed = new Promise((resolve) => this.http.close(resolve));
    this.http.closeAllConnections();
    await closed;
  }

  async #route(request, response) {
    response.on('error', () => {});
    try {
      if (request.url.startsWith('/_control/')) await serveControl(this.fake, request, response);
      else if (request.url.startsWith('/file/')) await this.#file(request, response);
      else await this.#bot(request, response);
    } catch (error) {
      // Only a client that went away lands here; anything else is a fault of the fake itself.
      if (!response.headersSent) answerError(response, new ApiError(500, `fake: ${error.stack}`));
      else response.destroy();
    }
  }

  /** A download; for faults and in the journal its method is `download`. */
  async #file(request, response) {
    const [, token, path] = FILE_URL.exec(request.url) ?? [];
    const { world, faults, journal, clock } = this.fake;
    const bot = world.botsByToken.get(token);
    const file = bot && world.files.atPath(bot, decodeURIComponent(path));
    const fault = bot && (faults.early('download') ?? faults.match({ method: 'download', bot }));
    const record = { n: journal.nextCall(), at: clock.now(), bot: bot?.id, method: 'download', params: { path } };
    journal.call({ ...record, ok: Boolean(file) && !fault });
    if (fault?.hang) await later(clock, fault.hang);
    if (fault?.cut) return request.socket.destroy();
    if (fault?.status) return write(response, fault.status, {}, '');
    if (request.method !== 'GET') return answerError(response, new ApiError(405, 'Method Not Allowed'));
    const refuse = bot ? [404, 'Not Found'] : [401, 'Unauthorized'];
    if (!file) return answerError(response, new ApiError(...refuse));
    write(response, 200, { 'content-type': 'application/octet-stream' }, file.bytes);
  }

  async #bot(request, response) {
    const [, token, name, query] = BOT_URL.exec(request.url) ?? [];
    if (name === undefined) return this.#unread(request, response, 404);
    if (request.method !== 'GET' && request.method !== 'POST')
      return this.#unread(request, response, 501);
    const method = name.toLowerCase();
    const early = this.fake.faults.early(method);
    if (early) return request.socket.destroy();
    const started = performance.now();
    const body = await readBody(request).catch((error) => error);
    if (body instanceof Error && !(body instanceof ApiError)) return; // the client is gone
    let args = new Args({}, {});
    try {
      if (body instanceof ApiError) throw body;
      args = parseArgs(query, request.headers['content-type'] ?? '', body);
    } catch (error) {
      return answerError(response, error);
    }
    await this.#call({ token, method, name, args, started, request, response });
  }

  #unread(request, response, code) {
    request.resume();
    request.on('end', () => answerError(response, new ApiError(code, http.STATUS_CODES[code])));
  }

  async #call({ token, method, name, args, started, request, response }) {
    const { world, faults, clock } = this.fake;
    const bot = world.botsByToken.get(token);
    const record = {
      n: this.fake.journal.nextCall(), at: clock.now(), bot: bot?.id, params: args.shown(),
      method: methods.get(method)?.name ?? name,
    };
    const fault = bot && faults.match({ method, chat: args.str('chat_id'), bot });
    if (fault) {
      record.fault = fault.id;
      if (fault.hang) await later(clock, fault.hang);
      if (fault.status) return this.#refuse(fault, { bot, args, record, response });
    }
    const outcome = await this.#run(token, bot, method, args, record, response);
    record.ms = performance.now() - started;
    this.fake.journal.call(record);
    if (fault?.slow) await later(clock, fault.slow);
    if (fault?.cut === 'after') return request.socket.destroy();
    const { status, headers } = outcome;
    let { body } = outcome;
    if (fault?.cut === 'half') {
      response.writeHead(status, { ...headers, 'content-length': body.length });
      response.write(body.subarray(0, body.length >> 1), () => request.socket.destroy());
      return;
    }
    if (fault?.malformed) body = body.subarray(0, body.length - 3);
    if (fault?.huge) body = hugeBody(fault.huge);
    write(response, status, headers, body);
  }

  // A scripted refusal; a 429 also starts the time in which a call is a violation.
  #refuse(fault, { bot, args, record, response }) {
    const { limits, journal } = this.fake;
    const { status, headers, body } = refusal(fault);
    const chat = args.str('chat_id');
    if (status === 429 && (fault.whole_bot || chat))
      limits.block(bot, fault.whole_bot ? null : Number(chat), fault.retry_after ?? 1);
    journal.call({ ...record, ok: false, error_code: status, description: 'scripted fault' });
    write(response, status, headers, body);
  }

  /** Runs a call and fills its record; returns { status, headers, body }. */
  async #run(token, bot, method, args, record, response) {
    try {
      if (!TOKEN.test(token)) throw new ApiError(404, 'Not Found');
      if (!bot) throw new ApiError(401, 'Unauthorized');
      const result = await this.fake.dispatch(bot, method, args, {
        call: record.n, onClose: (gone) => response.on('close', gone),
      });
      record.ok = true;
      if (result instanceof Raw) return success(result.bytes);
      const described = result instanceof Described;
      record.result = described ? result.result : result;
      const extra = described ? `,"description":${JSON.stringify(result.description)}` : '';
      return success(ascii(JSON.stringify(record.result)), extra);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      Object.assign(record, { ok: false, error_code: error.code, description: error.message });
      return errorAnswer(error);
    }
  }
}

function success(result, extra = '') {
  const parts = ['{"ok":true,"result":', result, `${extra}}`].map((part) => Buffer.from(part));
  return { status: 200, headers: JSON_TYPE, body: Buffer.concat(parts) };
}

function errorAnswer(error) {
  const { code, message, parameters } = error;
  const headers = { ...JSON_TYPE };
  if (parameters?.retry_after) headers['retry-after'] = String(parameters.retry_after);
  const json = { ok: false, error_code: code, description: message };
  if (parameters) json.parameters = parameters;
  return { status: code, headers, body: Buffer.from(ascii(JSON.stringify(json))) };
}

function answerError(response, error) {
  const { status, headers, body } = errorAnswer(error);
  write(response, status, headers, body);
}

function hugeBody(bytes) {
  const frame = '{"ok":true,"result":true,"description":""}';
  return Buffer.from(frame.replace('""', `"${'x'.repeat(Math.max(0, bytes - frame.length))}"`));
}

export function write(response, status, headers, body) {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
