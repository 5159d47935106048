// sendMessage and the other sends without files.
import { bad } from '../errors.mjs';
import { field } from '../args.mjs';
import { deliverOne } from './common.mjs';
import { textReader } from './content.mjs';

export function sendMessage(ctx) {
  return deliverOne(ctx, 'text', textReader(ctx.args));
}

function readLocation(args) {
  for (const name of ['latitude', 'longitude'])
    if (args.str(name).trim() === '') throw bad(`${name} is empty`);
  const [latitude, longitude] = ['latitude', 'longitude'].map((name) => Number(args.str(name)));
  const ok = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  if (!ok) throw bad('Wrong location specified');
  return { latitude, longitude };
}

export function sendLocation(ctx) {
  const location = readLocation(ctx.args);
  return deliverOne(ctx, 'location', () => ({ kind: 'location', json: { location } }));
}

export function sendVenue(ctx) {
  const { args } = ctx;
  const location = readLocation(args);
  const venue = { location, title: args.str('title'), address: args.str('address') };
  return deliverOne(ctx, 'venue', () => {
    if (venue.title === '') throw bad('Venue title must be non-empty');
    return { kind: 'venue', json: { location, venue } };
  });
}

export function sendContact(ctx) {
  const { args } = ctx;
  const contact = {
    phone_number: args.required('phone_number'), first_name: args.required('first_name'),
    ...(args.str('last_name') && { last_name: args.str('last_name') }),
    ...(args.str('vcard') && { vcard: args.str('vcard') }),
  };
  return deliverOne(ctx, 'contact', () => ({ kind: 'contact', json: { contact } }));
}

const DICE = { '🎲': 6, '🎯': 6, '🎳': 6, '🏀': 5, '⚽': 5, '🎰': 64 };

export function sendDice(ctx) {
  const emoji = ctx.args.str('emoji') || '🎲';
  return deliverOne(ctx, 'dice', () => {
    if (!Object.hasOwn(DICE, emoji)) throw bad('DICE_EMOJI_INVALID');
    const value = 1 + (ctx.call % DICE[emoji]);
    return { kind: 'dice', json: { dice: { emoji, value } } };
  });
}

export function sendPoll(ctx) {
  const { args } = ctx;
  const question = args.str('question').trim();
  const options = args.json('options', 'options') ?? [];
  if (!Array.isArray(options)) throw bad('Expected an Array of String as options');
  const texts = options.map((option) => {
    if (typeof option === 'string') return option.trim();
    if (option === null || typeof option !== 'object')
      throw bad('Expected an option to be of type String');
    return field.text(option, 'text', true).trim();
  });
  const type = args.str('type') || 'regular';
  if (!['regular', 'quiz'].includes(type)) throw bad('Unsupported poll type specified');
  return deliverOne(ctx, 'poll', () => {
    if (question === '') throw bad('Poll question must be non-empty');
    if (question.length > 300) throw bad('Poll question length must not exceed 300');
    if (texts.length < 2) throw bad('Poll must have at least 2 option');
    if (texts.length > 12) throw bad("Poll can't have more than 12 options");
    if (texts.some((text) => text === '')) throw bad('Poll options must be non-empty');
    if (texts.some((text) => text.length > 100))
      throw bad('Poll options length must not exceed 100');
    const poll = {
      id: String(ctx.world.nextId()), question,
      options: texts.map((text, i) => ({ persistent_id: String(i), text, voter_count: 0 })),
      total_voter_count: 0, is_closed: args.bool('is_closed'),
      is_anonymous: args.has('is_anonymous') ? args.bool('is_anonymous') : true, type,
      allows_multiple_answers: args.bool('allows_multiple_answers'), allows_revoting: true,
      members_only: false,
    };
    return { kind: 'poll', json: { poll } };
  });
}
