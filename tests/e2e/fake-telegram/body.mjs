// Reads a request body: JSON, urlencoded or multipart/form-data. Refusals are those of TDLib's
// HttpReader.
import { isUtf8 } from 'node:buffer';
import { Args } from './args.mjs';
import { ApiError, bad } from './errors.mjs';

const MAX_BODY = 60 * 1024 * 1024;

export function readBody(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    request.on('data', (chunk) => {
      size += chunk.length;
      if (size <= MAX_BODY) chunks.push(chunk);
    });
    request.on('end', () => {
      if (size > MAX_BODY) reject(new ApiError(413, 'Request Entity Too Large'));
      else resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client went away')));
  });
}

/** `query`: the part of the URL after '?', or ''. */
export function parseArgs(query, contentType, body) {
  const fields = {};
  const files = {};
  if (query) formFields(query, fields);
  if (body.length > 0) {
    const type = contentType.toLowerCase();
    if (type.startsWith('application/json')) jsonFields(body, fields);
    else if (type.startsWith('application/x-www-form-urlencoded'))
      formFields(decode(body), fields);
    else if (type.startsWith('multipart/form-data')) multipart(contentType, body, fields, files);
  }
  return new Args(fields, files);
}

// Bytes that are no UTF-8 must stay recognisable: a lone surrogate makes the text ill-formed, and
// text.mjs refuses it.
function decode(bytes) {
  const text = bytes.toString('utf8');
  return isUtf8(bytes) ? text : text.replaceAll('\ufffd', '\ud800');
}

function formFields(text, fields) {
  for (const pair of text.split('&')) {
    const eq = pair.indexOf('=');
    const name = eq < 0 ? pair : pair.slice(0, eq);
    if (name) fields[unescape(name)] = eq < 0 ? '' : unescape(pair.slice(eq + 1));
  }
}

function unescape(text) {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  const bytes = spaced.replace(/[^%]+|%[0-9a-f]{2}|%/gi, (part) =>
    /^%[0-9a-f]{2}$/i.test(part)
      ? String.fromCharCode(parseInt(part.slice(1), 16))
      : Buffer.from(part).toString('latin1'),
  );
  return decode(Buffer.from(bytes, 'latin1'));
}

function jsonFields(body, fields) {
  let value;
  try {
    value = JSON.parse(decode(body));
  } catch {
    throw bad("Can't parse parameter value: invalid JSON");
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new ApiError(400, 'Bad Request: JSON object expected');
  Object.assign(fields, value);
}

function multipart(contentType, body, fields, files) {
  const match = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  if (!match) throw new ApiError(400, 'Bad Request: boundary not found');
  const line = Buffer.from(`\r\n--${match[1] ?? match[2]}`);
  // The first boundary has no line break before it.
  let at = body.indexOf(line.subarray(2));
  if (at < 0) throw new ApiError(400, 'Bad Request: boundary not found');
  at += line.length - 2;
  while (body.toString('latin1', at, at + 2) !== '--') {
    const head = body.indexOf('\r\n\r\n', at);
    const end = head < 0 ? -1 : body.indexOf(line, head + 2);
    if (end < 0) throw new ApiError(400, "Bad Request: can't parse form data headers");
    part(decode(body.subarray(at, head)), body.subarray(head + 4, end), fields, files);
    at = end + line.length;
  }
}

function part(head, bytes, fields, files) {
  const disposition = /content-disposition:([^\r\n]*)/i.exec(head)?.[1] ?? '';
  const name = parameter(disposition, 'name');
  const filename = parameter(disposition, 'filename');
  if (!name) throw new ApiError(400, 'Bad Request: field name in multipart/form-data not found');
  if (filename === undefined) {
    fields[name] = decode(bytes);
    return;
  }
  const type = /content-type:\s*([^\s;]+)/i.exec(head)?.[1] ?? 'application/octet-stream';
  files[name] = { name: filename, type, bytes };
}

function parameter(disposition, name) {
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(disposition);
  return match ? (match[1] ?? match[2]) : undefined;
}
