// getUpdates and the webhook.
import { ApiError, bad, tooMany } from '../errors.mjs';
import { Described, Raw } from './results.mjs';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

// A list that is no JSON counts as absent.
function allow(ctx) {
  try {
    ctx.bot.updates.allow(ctx.args.json('allowed_updates', 'allowed_updates'));
  } catch {
    // As the real server: not said, no change.
  }
}

export async function getUpdates(ctx) {
  const { args, bot } = ctx;
  if (!bot.updates.webhook) allow(ctx);
  const raw = await bot.updates.get({
    offset: args.int('offset'), limit: args.int('limit', 100, 1, 100),
    timeout: args.int('timeout', 0, 0, 50), onClose: ctx.onClose,
  });
  return new Raw(raw);
}

export function setWebhook(ctx) {
  const { args, bot, world } = ctx;
  const url = args.str('url');
  if (url === '') return deleteWebhook(ctx);
  const now = world.clock.now();
  if (now < bot.nextSetWebhook) throw tooMany(1);
  bot.nextSetWebhook = now + 1000;
  const settings = {
    url, secret: args.str('secret_token'), maxConnections: args.int('max_connections', 40, 1, 100),
  };
  const drop = args.bool('drop_pending_updates');
  const old = bot.updates.webhook;
  const keys = ['url', 'secret', 'maxConnections'];
  if (old && !drop && keys.every((key) => old[key] === settings[key])) {
    allow(ctx);
    return new Described(true, 'Webhook is already set');
  }
  checkWebhook(settings);
  if (drop) bot.updates.clear();
  allow(ctx);
  bot.updates.setWebhook(settings);
  return new Described(true, 'Webhook was set');
}

// The real server wants https and one of four ports; the fake speaks plain http, so loopback (and
// nothing else) may be http.
function checkWebhook({ url, secret }) {
  let parsed;
  try {
    parsed = new URL(url.includes('://') ? url : `https://${url}`);
  } catch {
    throw bad('invalid webhook URL specified');
  }
  if (secret.length > 256) throw bad('secret token is too long');
  if (!/^[A-Za-z0-9_-]*$/.test(secret)) throw bad('secret token contains unallowed characters');
  if (parsed.protocol !== 'https:' && !LOOPBACK.test(parsed.hostname))
    throw bad('bad webhook: An HTTPS URL must be provided for webhook');
  if (!LOOPBACK.test(parsed.hostname) || parsed.protocol === 'https:')
    throw new ApiError(400, 'Bad Request: bad webhook: the fake delivers to http on loopback only');
}

export function deleteWebhook(ctx) {
  const { args, bot } = ctx;
  const had = Boolean(bot.updates.webhook);
  if (args.bool('drop_pending_updates')) bot.updates.clear();
  if (had) bot.updates.setWebhook(null);
  return new Described(true, had ? 'Webhook was deleted' : 'Webhook is already deleted');
}

export function getWebhookInfo({ bot }) {
  const { webhook, pending, allowedShown } = bot.updates;
  return {
    url: webhook?.url ?? '', has_custom_certificate: false, pending_update_count: pending,
    ...(webhook?.lastError && {
      last_error_date: webhook.lastError.date, last_error_message: webhook.lastError.message,
    }),
    ...(webhook && { max_connections: webhook.maxConnections }),
    ...(allowedShown && { allowed_updates: allowedShown }),
  };
}
