// A ready scene for tests: the fake with one bot, a customer who has pressed start, two agents, and
// a staff forum in which the bot is an administrator; and a plain client for single calls.
import { startFakeTelegram } from './index.mjs';

export const TOKEN = '7000001:AAFakeTokenFakeTokenFakeTokenFake0';

export async function rig(options = {}) {
  const fake = await startFakeTelegram({ limits: 'off', ...options });
  const me = fake.addBot({ token: TOKEN, username: 'zaide_test_bot' });
  const ann = fake.addUser({ id: 1001, first_name: 'Ann', language_code: 'en' });
  const mia = fake.addUser({ id: 2001, first_name: 'Mia' });
  const bob = fake.addUser({ id: 2002, first_name: 'Bob' });
  fake.start({ user: ann });
  const rights = ['can_manage_topics', 'can_pin_messages', 'can_delete_messages'];
  const staff = fake.addGroup({
    title: 'Staff', forum: true, members: [mia, bob], bots: [{ bot: TOKEN, rights }],
  });
  return { fake, me, ann, mia, bob, staff, ...client(fake.url, TOKEN) };
}

/**
 * call(method, params) -> { status, headers, ok, result, error_code, description, parameters };
 * ok(method, params) -> the result, or throws; no(...) -> the description of the refusal.
 */
export function client(url, token) {
  async function call(method, params = {}, { signal } = {}) {
    const response = await fetch(`${url}/bot${token}/${method}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, signal,
      body: typeof params === 'string' ? params : JSON.stringify(params),
    });
    return { status: response.status, headers: response.headers, ...(await response.json()) };
  }
  async function ok(method, params) {
    const answer = await call(method, params);
    if (!answer.ok) throw new Error(`${method}: ${answer.description}`);
    return answer.result;
  }
  async function no(method, params) {
    const answer = await call(method, params);
    if (answer.ok) throw new Error(`${method} was not refused`);
    return `${answer.error_code} ${answer.description}`;
  }
  return { call, ok, no };
}

/** A control client for a fake in another process: control(name, options) -> result. */
export function remote(url) {
  return async (name, options = {}) => {
    const body = JSON.stringify(options);
    const response = await fetch(`${url}/_control/${name}`, { method: 'POST', body });
    const answer = await response.json();
    if (!answer.ok) throw new Error(answer.error);
    return answer.result;
  };
}
