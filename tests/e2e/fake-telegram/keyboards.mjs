// reply_markup: read as the real server reads it, and the checks that Telegram makes itself.
import { field } from './args.mjs';
import { bad, within } from './errors.mjs';

const MAX_DATA_BYTES = 64;
const MAX_BUTTONS = 100;
const LINK = /^(https?:\/\/[^/\s]+|tg:\/\/|[\w-]+(\.[\w-]+)+)/i;
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** The markup of a call, or undefined when there is none. */
export function readMarkup(args) {
  const value = args.json('reply_markup', 'reply keyboard markup');
  if (value === undefined) return undefined;
  if (!isObject(value)) throw bad('Object expected as reply markup');
  const keyboard = rows(
    value, 'keyboard', 'Field "keyboard" must be an Array of Arrays',
    (button) => within("Can't parse keyboard button", () => replyButton(button)),
  );
  const inline = rows(
    value, 'inline_keyboard',
    'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
    (button) => within("Can't parse inline keyboard button", () => inlineButton(button)),
  );
  if (keyboard.length > 0) return { ...value, keyboard };
  if (inline.length > 0) return { inline_keyboard: inline };
  if (field.bool(value, 'remove_keyboard')) return { remove_keyboard: true };
  if (field.bool(value, 'force_reply')) return { force_reply: true };
  return undefined;
}

function rows(value, name, complaint, readButton) {
  if (value[name] === undefined || value[name] === null) return [];
  if (!Array.isArray(value[name])) throw bad(`Field "${name}" must be of type Array`);
  return value[name].map((row) => {
    if (!Array.isArray(row)) throw bad(complaint);
    return row.map(readButton);
  });
}

function replyButton(button) {
  if (typeof button === 'string') return { text: button };
  if (!isObject(button)) throw bad('KeyboardButton must be a String or an Object');
  return { ...button, text: field.text(button, 'text', true) };
}

const OTHER_ACTIONS = [
  'callback_game', 'pay', 'switch_inline_query', 'switch_inline_query_chosen_chat',
  'switch_inline_query_current_chat', 'login_url', 'web_app', 'copy_text',
];

function inlineButton(button) {
  if (!isObject(button)) throw bad('InlineKeyboardButton must be an Object');
  const text = field.text(button, 'text', true);
  const looks = {
    ...(button.style && { style: button.style }),
    ...(button.icon_custom_emoji_id && { icon_custom_emoji_id: button.icon_custom_emoji_id }),
  };
  const url = field.text(button, 'url');
  if (url !== '') return { text, url, ...looks };
  const data = field.text(button, 'callback_data');
  if (data !== '') return { text, callback_data: data, ...looks };
  const action = OTHER_ACTIONS.find((name) => button[name] !== undefined);
  if (action) return { text, [action]: button[action], ...looks };
  throw bad('Text buttons are unallowed in the inline keyboard');
}

/** What Telegram itself refuses; called after the chat has been found. */
export function checkMarkup(markup) {
  const buttons = (markup?.inline_keyboard ?? markup?.keyboard ?? []).flat();
  if (buttons.length > MAX_BUTTONS) throw bad('reply markup is too long');
  for (const { text, url, callback_data: data } of buttons) {
    const kind = markup.keyboard ? 'Keyboard' : 'Inline keyboard';
    if (text.trim() === '') throw bad(`${kind} button text must be non-empty`);
    if (data !== undefined && Buffer.byteLength(data) > MAX_DATA_BYTES)
      throw bad('BUTTON_DATA_INVALID');
    if (url !== undefined && markup.inline_keyboard && !LINK.test(url))
      throw bad(`Inline keyboard button URL '${url}' is invalid: Wrong HTTP URL`);
  }
}
