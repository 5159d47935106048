// Every kind of content goes both ways as what it is: files, places, people, polls, albums, replies
// with their quotes, edits, reactions.
import assert from 'node:assert/strict';
import { scene, until, words } from './harness.mjs';

const PLACE = { latitude: 10.77, longitude: 106.7 };
const KINDS = {
  photo: { photo: true, caption: 'the picture' }, document: { document: { name: 'a.pdf' } },
  voice: { voice: true }, video: { video: true, caption: 'the film' }, sticker: { sticker: true },
  animation: { animation: true, caption: 'it moves' }, video_note: { video_note: true },
  audio: { audio: true }, location: { location: PLACE },
  venue: { venue: { location: PLACE, title: 'Office', address: '1 Main St' } },
  contact: { contact: { phone_number: '+8613800000000', first_name: 'Li' } },
  dice: { dice: { emoji: '🎲', value: 4 } },
  poll: {
    poll: {
      id: '53', question: 'Which?', options: [{ text: 'A', voter_count: 0 }],
      total_voter_count: 0, is_closed: false, is_anonymous: true, type: 'regular',
      allows_multiple_answers: false,
    },
  },
};

scene('every kind, both ways', {
  agents: { mia: [] }, env: { TELEGRAM_GROUP_PER_MIN: '6000' },
  limits: { group: { count: 6000, seconds: 60 } },
}, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  for (const [kind, wish] of Object.entries(KINDS)) {
    ann.say(wish);
    const seen = await stage.posted({ topic, kind });
    assert.equal(words(seen), wish.caption ?? '');
    mia.say(topic, wish);
    const got = await ann.hears('', { kind });
    assert.equal(words(got), wish.caption ?? '');
  }
  assert.deepEqual(stage.fake.calls({ method: 'getFile' }), [], 'nothing is downloaded');
});

scene('an album stays one album, both ways', { agents: { mia: [] } }, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  const parts = [{ caption: 'three of them' }, {}, { caption: 'the last' }].map((part) => ({ photo: true, ...part }));
  for (const part of parts) ann.say({ ...part, album: 'a1' });
  const seen = await stage.posted({ topic, kind: 'photo', count: 3 });
  const posts = stage.posts(topic).filter(({ photo }) => photo);
  assert.equal(posts.length, 3);
  assert.ok(posts[0].media_group_id);
  assert.equal(new Set(posts.map((post) => post.media_group_id)).size, 1);
  assert.deepEqual(posts.map(words), ['three of them', '', 'the last']);
  assert.ok(seen);

  const sent = parts.map((part) => mia.say(topic, { ...part, album: 'b1' }));
  await ann.hears('', { kind: 'photo', count: 3 });
  const got = ann.heard().filter(({ photo }) => photo);
  assert.equal(new Set(got.map((post) => post.media_group_id)).size, 1);

  // Each part has kept its own name: an answer to the last one finds its twin.
  ann.say({ text: 'this one', reply_to: got[2].message_id });
  const answer = await stage.posted({ topic, text: 'this one' });
  assert.equal(answer.reply_to_message.message_id, sent[2].message_id);
});

scene('a reply carries its quote', { agents: { mia: [] } }, async (stage) => {
  const { mia } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  mia.say(topic, 'Which network: ERC20 or TRC20?');
  const heard = await ann.hears(/^Which network/);
  ann.say({ text: 'the first', reply_to: heard.message_id, quote: 'ERC20' });
  const answer = await stage.posted({ topic, text: 'the first' });
  assert.equal(answer.quote.text, 'ERC20');
  ann.say({ text: 'and this', reply_to: heard.message_id, quote: 'not in it at all' });
  const other = await stage.posted({ topic, text: 'and this' });
  assert.equal(other.quote, undefined);
  assert.ok(other.reply_to_message);
});

/** Waits until the reactions to a message are these. */
const reacted = (stage, where, emojis) =>
  until(() => {
    const { reactions = [] } = stage.fake.message(where);
    return reactions.map(({ emoji }) => emoji ?? '').join('') === emojis;
  }, `the reactions "${emojis}"`);

scene('reactions go both ways, and are found again after a restart', {
  agents: { mia: [], mike: [] },
}, async (stage) => {
  const { fake, staff } = stage;
  const { mia, mike } = stage.people;
  const { ann, topic } = await stage.claimed(mia);
  const said = mia.say(topic, 'Which lamp is it?');
  const heard = await ann.hears(/^Which lamp/);
  const answer = ann.say('the red one');
  const shown = await stage.posted({ topic, text: 'the red one' });
  const react = (who, wish) => fake.react({ user: who.user, ...wish });
  const inForum = (id) => ({ chat: staff, message_id: id });
  const atAnns = (id) => ({ user: ann.id, message_id: id });

  react(ann, { message_id: heard.message_id, emoji: '👍' }); // of what mia wrote herself
  await reacted(stage, inForum(said.message_id), '👍');
  react(ann, { message_id: heard.message_id });
  await reacted(stage, inForum(said.message_id), '');
  react(mia, { ...inForum(shown.message_id), emoji: '❤' });
  await reacted(stage, atAnns(answer.message_id), '❤');

  react(mike, { ...inForum(shown.message_id), emoji: '🔥' }); // it is not his case
  assert.equal(await stage.zaide.stop(), 0);
  await stage.start();
  react(mia, { ...inForum(said.message_id), emoji: '🎉' });
  await reacted(stage, atAnns(heard.message_id), '🎉');
  await reacted(stage, atAnns(answer.message_id), '❤');
});
