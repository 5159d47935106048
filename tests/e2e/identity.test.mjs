// Sign-in links as an exchange's backend makes them, here with Node's own HMAC; tags by UID.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UNKNOWN, scene } from './harness.mjs';

const SECRET = 'an-older-secret-of-the-exchange-9', NEXT = 'the-one-that-takes-over-from-it-7';
const env = {
  BRAND_ID_SECRET: `${NEXT}, ${SECRET}`, BRAND_SIGN_IN_URL: 'https://nika.example/support',
};

// adapters/README.md
function payloadOf(uid, secret = SECRET, seconds = 600) {
  const expires = Math.floor(Date.now() / 1000) + seconds;
  const signed = `zaide-identity-1:telegram:${uid}:${expires}`;
  const mac = createHmac('sha256', secret).update(signed).digest('hex').slice(0, 32);
  return `id_${uid}_${expires}_${mac}`;
}

const open = (person, payload) => person.say(`/start ${payload}`);

/** Of all that lies in the data folder: which file has the text? */
function filesWith(dir, text) {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((name) => readFileSync(name, 'latin1').includes(text));
}

scene('identity: a link of the exchange, its tags, and nothing kept of it', {
  env, agents: { mia: ['--languages', 'en'] },
}, async (stage) => {
  const list = path.join(stage.home.dir, 'vips.csv');
  writeFileSync(list, 'uid,tags\n12345678,"vip,kol"\nno uid,vip\n12345678,vip\n\n777,vip\n777,kol\n');
  const refused = await stage.run('tags', 'import', list);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /vips\.csv:2: tags: letters/);
  assert.match(refused.err, /vips\.csv:3: uid: 1 to 17/);
  assert.match(refused.err, /UID 777 stands there twice/);
  assert.match(refused.err, /3 faults: nothing was imported/);
  writeFileSync(list, 'UID;Tags\r\n12345678;vip kol\r\n777;\r\n');
  assert.equal(await stage.must('tags', 'import', list), 'imported 2 UIDs\n');

  const ann = stage.customer('Ann'), eve = stage.customer('Eve');
  const payload = payloadOf('12345678');
  open(ann, payload);
  await ann.hears(/you are UID 12345678/);
  open(eve, payload);
  await eve.hears(/opened in another chat already.*\n.*\n.*https:\/\/nika\.example\/support/);
  open(ann, payload);
  await ann.hears(/already known here as UID 12345678/);
  ann.say(UNKNOWN);
  await stage.posted({ text: 'UID 12345678 (proven)' });
  await stage.posted({ text: 'Tags: vip kol' });

  // Over, forged, of another secret; the new secret is taken beside the old one.
  open(eve, payloadOf('12345678', SECRET, -1));
  await eve.hears(/they are over/);
  open(eve, payloadOf('12345678', 'somebody-guessed-a-secret-wrongly'));
  await eve.hears(/can't read that link/);
  open(eve, payloadOf('87654321', NEXT));
  await eve.hears(/you are UID 87654321/);

  // What the exchange's developers have.
  const made = (await stage.must('identity', 'sign', '424242', '--bot', 'zaide_test_bot')).trim();
  assert.match(made, /^https:\/\/t\.me\/zaide_test_bot\?start=id_424242_\d+_[0-9a-f]{32}$/);
  const mine = made.split('=')[1];
  assert.match(await stage.must('identity', 'check', mine), /^UID 424242, for \d+ more seconds\n$/);
  const wrong = await stage.run('identity', 'check', mine.replace('424242', '424243'));
  assert.deepEqual([wrong.code, /the MAC is not/.test(wrong.err)], [1, true]);
  open(eve, mine);
  await eve.hears(/you are UID 424242/);

  for (const used of [payload, mine]) {
    assert.deepEqual(filesWith(stage.home.dir, used.slice(-32)), []);
    assert.ok(!stage.zaide.log.includes(used.slice(-32)));
  }
  for (const secret of [SECRET, NEXT])
    assert.deepEqual(filesWith(stage.home.dir, secret), []);
});
