// Customers' groups: who names the bot is answered below the question; own money goes to the private
// chat; where the bot is an administrator it whispers, deletes secrets and answers unasked.
import assert from 'node:assert/strict';
import { TOKEN, scene, until } from './harness.mjs';

const BIND = 'how do i bind google authenticator?';
const LOST = 'i sent usdt to the wrong network, trc20 instead of erc20';
const SEED = `my wallet ${'abandon '.repeat(11)}about does not open`;

/** A member of a group: says things there, and follows links into the private chat. */
class Member {
  constructor(stage, chat, name) {
    this.person = stage.customer(name);
    Object.assign(this, { stage, chat, id: this.person.id });
    stage.fake.setMember({ chat, user: this.person.user, status: 'member' });
  }

  say(text, more = {}) {
    return this.stage.fake.say({ user: this.person.user, chat: this.chat, text, ...more });
  }

  follow(message) {
    const [[{ url }]] = message.reply_markup.inline_keyboard;
    const { pathname, searchParams } = new URL(url);
    assert.equal(pathname, '/zaide_test_bot');
    const payload = searchParams.get('start');
    assert.match(payload, /^[A-Za-z0-9_-]{1,64}$/);
    this.stage.fake.start({ user: this.person.user, payload });
  }
}

/** The bot's post there that answers `message`. */
const answered = (stage, chat, { message_id, text }) =>
  until(
    () => stage.fake.messages({ chat }).find(
      ({ from, reply_to_message: re }) => from.is_bot && re?.message_id === message_id,
    ),
    `an answer to ${text}`,
  );

scene('a group where the bot is a plain member', { agents: { mia: [] } }, async (stage) => {
  const chat = stage.fake.addGroup({ title: 'Traders', bots: [TOKEN] });
  const [ann, bob] = ['Ann', 'Bob'].map((name) => new Member(stage, chat, name));
  ann.say(BIND); // privacy mode: the bot does not even see it
  const first = await answered(stage, chat, ann.say(`@zaide_test_bot ${BIND}`));
  assert.match(first.text, /authenticator/i);

  const again = await answered(stage, chat, bob.say(`@zaide_test_bot ${BIND}`));
  assert.match(again.text, /just answered/);
  const [[{ url }]] = again.reply_markup.inline_keyboard;
  assert.equal(url, `https://t.me/c/${String(chat.id).slice(4)}/${first.message_id}`);

  // A plain member may not whisper: the words that all may hear are said aloud.
  const aloud = await answered(stage, chat, bob.say(`@zaide_test_bot ${LOST}`));
  assert.ok(!aloud.text.includes('usdt'));
  ann.follow(aloud); // somebody else's question
  await ann.person.hears(/no longer have the question/);
  bob.follow(aloud);
  await bob.person.hears(/You asked in the group: “i sent usdt/);
  await bob.person.hears(/TXID/);
  bob.person.say('/human');
  await bob.person.hears(/#\d+/);
  await stage.posted({ topic: await stage.topic('Bob'), text: 'i sent usdt to the wrong network' });
  assert.equal(stage.fake.messages({ chat }).filter(({ from }) => from.is_bot).length, 3);
});

scene('a forum where the bot is an administrator', {
  env: { GROUP_UNASKED: 'all' }, agents: { mia: [] },
}, async (stage) => {
  const bots = [{ bot: TOKEN, rights: ['can_delete_messages'] }];
  const chat = stage.fake.addGroup({ title: 'Traders', forum: true, bots });
  const [ann, bob] = ['Ann', 'Bob'].map((name) => new Member(stage, chat, name));
  const { message_thread_id: topic } = stage.fake.openTopic({ chat, user: ann.person.user, name: 'Help' });
  const asked = ann.say(BIND, { topic });
  const answer = await answered(stage, chat, asked);
  assert.equal(answer.message_thread_id, topic);

  bob.say('lovely weather today', { topic });
  bob.say(SEED, { topic });
  await stage.fake.waitForFact({ chat: chat.id, event: 'delete' });
  const told = await stage.fake.waitForFact({ chat: chat.id, event: 'whisper' });
  assert.equal(told.fact.to, bob.id);
  assert.match(told.fact.text, /^Bob, a message of yours held a secret/);
  assert.ok(!stage.fake.messages({ chat }).some(({ text }) => text?.includes('abandon')));
  assert.ok(!stage.zaide.log.includes('abandon'));
});
