// The control API over HTTP, for drivers in other processes: POST /_control/<name> with a JSON
// object; the answer is {"ok":true,"result":...} or {"ok":false,"error":"..."} with status 400.
import { readBody } from './body.mjs';

export async function serveControl(fake, request, response) {
  const name = request.url.slice('/_control/'.length).split('?')[0];
  let status = 200;
  let answer;
  try {
    const body = await readBody(request);
    const run = fake.control.commands.get(name);
    if (!run) throw new Error(`no such control command: ${name}`);
    const options = body.length > 0 ? JSON.parse(body.toString()) : {};
    answer = { ok: true, result: (await run(options)) ?? null };
  } catch (error) {
    status = 400;
    answer = { ok: false, error: error.message };
  }
  const bytes = Buffer.from(JSON.stringify(answer));
  const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
  response.writeHead(status, headers);
  response.end(bytes);
}
