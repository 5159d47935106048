// A strict fake of the Telegram Bot API for tests. `startFakeTelegram` gives a running server and
// the control methods (control.mjs) on one object; README.md says what it enforces.
import { Args } from './args.mjs';
import { Clock } from './clock.mjs';
import { Control } from './control.mjs';
import { ApiError } from './errors.mjs';
import { Faults } from './faults.mjs';
import { Journal } from './journal.mjs';
import { Limits } from './limits.mjs';
import { methods } from './methods/index.mjs';
import { Server } from './server.mjs';
import { World } from './world.mjs';

const DEFAULTS = {
  port: 0, clock: undefined, limits: 'normal', keepCalls: 100_000, keepTruth: 1_000_000,
  keepGroupMessages: 20_000, keepPrivateMessages: 1_000,
};

/**
 * Starts the server on 127.0.0.1. Options (all optional):
 *   port                  0 takes a free one
 *   clock                 { frozen, start }, or a Clock
 *   limits                'normal' | 'tight' | 'off' | settings (limits.mjs)
 *   keepCalls, keepTruth, keepGroupMessages, keepPrivateMessages    how much is remembered
 */
export async function startFakeTelegram(options = {}) {
  const settings = { ...DEFAULTS, ...options };
  const clock = settings.clock instanceof Clock ? settings.clock : new Clock(settings.clock);
  const journal = new Journal({ ...settings, clock });
  const limits = new Limits({ clock, journal, settings: settings.limits });
  const faults = new Faults();

  function dispatch(bot, method, args, { call, onClose }) {
    const found = methods.get(method);
    if (!found) throw new ApiError(404, 'Not Found: method not found');
    return found.run({ world, limits, journal, bot, args, method: found.name, call, onClose });
  }

  // A call in the answer of a webhook has no answer of its own.
  async function onReply(bot, { method, ...fields }) {
    const args = new Args(fields, {});
    const record = { n: journal.nextCall(), at: clock.now(), bot: bot.id, method, params: fields };
    try {
      record.result = await dispatch(bot, method.toLowerCase(), args, { call: record.n });
      record.ok = true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      Object.assign(record, { ok: false, error_code: error.code, description: error.message });
    }
    journal.call(record);
  }

  const world = new World({ clock, journal, options: settings, onReply });
  const control = new Control({ world, clock, journal, limits, faults });
  const server = new Server({ world, limits, faults, journal, clock, control, dispatch });
  const port = await server.listen(settings.port);
  return Object.assign(control, {
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      clock.close();
      world.close();
      await server.close();
    },
  });
}
