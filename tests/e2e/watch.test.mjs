// The watch over customers' groups: an impostor who joins, a page for wallets, what moderators decide,
// and what the platform does not let the bot do.
import assert from 'node:assert/strict';
import { TOKEN, scene, until } from './harness.mjs';

const RIGHTS = ['can_delete_messages', 'can_restrict_members'];

function group(stage, rights) {
  return stage.fake.addGroup({ title: 'Traders', bots: [{ bot: TOKEN, rights }] });
}

function joins(stage, chat, name) {
  const person = stage.customer(name);
  stage.fake.setMember({ chat, user: person.user, status: 'member' });
  return person;
}

const statusOf = (stage, chat, { user }) => stage.fake.getMember({ chat, user }).status;

/** The newest card of General that has these words. */
const card = (stage, words) =>
  until(() => stage.posts(0).findLast(({ text }) => text?.includes(words)), `a card: ${words}`);

const agents = { mia: ['--alias', 'Miya'] };

scene('an impostor is shown, banned and let back; a trap is deleted', { agents }, async (stage) => {
  const { mia } = stage.people;
  const chat = group(stage, RIGHTS);
  const fraud = joins(stage, chat, 'Miya Support');
  await mia.press(await card(stage, 'Miya Support'), 'Ban');
  await until(() => statusOf(stage, chat, fraud) === 'kicked', 'the ban');
  await mia.press(await card(stage, 'Miya banned'), 'Undo');
  await until(() => statusOf(stage, chat, fraud) === 'left', 'its end');

  const karl = joins(stage, chat, 'Karl');
  const trap = 'please validate your wallet at dappfix-portal.site/start';
  stage.fake.say({ user: karl.user, chat, text: trap });
  const shown = await card(stage, 'dappfix-portal.site');
  await mia.press(shown, 'Delete');
  await until(() => !stage.fake.messages({ chat }).some(({ text }) => text === trap), 'it is gone');
  await mia.press(await card(stage, 'Miya deleted it'), 'Mute 24 h');
  await until(() => statusOf(stage, chat, karl) === 'restricted', 'the mute');
  await mia.press(await card(stage, 'Miya muted'), 'Undo');
  await until(() => statusOf(stage, chat, karl) === 'member', 'its end');
  const redis = await stage.home.redis();
  const [key] = await redis.call('KEYS', '*audit*');
  const audit = JSON.stringify(await redis.call('HGETALL', key));
  for (const what of ['ban', 'unban', 'delete', 'mute', 'unmute'])
    assert.ok(audit.includes(`\\"what\\":\\"${what}\\"`), `${what} stands in the audit: ${audit}`);
  const told = (await stage.must('audit')).split('\n').filter((line) => line.includes(' mia '));
  assert.deepEqual(told.map((line) => line.trim().split(/ +/)[3]),
    ['ban', 'unban', 'delete', 'mute', 'unmute'], 'zaide audit');
});

scene('without the right to ban the card says so', {
  agents, env: { GUARD: 'act' },
}, async (stage) => {
  const chat = group(stage, ['can_delete_messages']);
  const fraud = joins(stage, chat, 'Miya Support');
  const shown = await card(stage, 'Not done');
  assert.match(shown.text, /Miya Support/);
  assert.equal(statusOf(stage, chat, fraud), 'member');
});
