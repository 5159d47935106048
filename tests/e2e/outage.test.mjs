// Two bots of ours on one Redis, as two platforms are; one of them is out of reach.
import assert from 'node:assert/strict';
import { startFakeTelegram } from './fake-telegram/index.mjs';
import { example } from './knowledge.mjs';
import { scene, until } from './harness.mjs';

const OTHER = '7000002:AAFakeTokenFakeTokenFakeTokenFake0';
const TOLD = /Telegram \(@zaide_other_bot\) has been out of reach since .* UTC.*: Telegram \(@zaide_test_bot\)/;

async function startOther(port = 0) {
  const fake = await startFakeTelegram({ port });
  fake.addBot({ token: OTHER, username: 'zaide_other_bot' });
  return fake;
}

const wasTold = (person) => person.heard().filter(({ text }) => TOLD.test(text)).length;

/** New customers ask, one after the other, until one of them was told of it, or was not. */
function asked(stage, isTold) {
  let n = 0;
  return until(async () => {
    const person = stage.customer(`Ann${isTold}${n++}`);
    person.say(example('en', 'withdrawal', 'fees_withdrawal'));
    await person.hears(/exact fee/);
    return Boolean(wasTold(person)) === isTold && person;
  }, `a customer who was told: ${isTold}`);
}

scene('a bot that is out of reach is named by the other one, until it is back', { env: { PLATFORM_DOWN: '2s' } }, async (stage) => {
  let other = await startOther();
  try {
    await stage.start({ env: { TELEGRAM_BOT_TOKEN: OTHER, TELEGRAM_API_URL: other.url, TELEGRAM_STAFF_CHAT: undefined } });
    const redis = await stage.home.redis();
    await until(() => redis.call('HGET', 'zaide:{g}:platforms', 'telegram:7000002'), 'a sign of life');
    await other.close();
    const ann = await asked(stage, true);
    ann.say('where is my invite link');
    await ann.hears(/Referral/);
    assert.equal(wasTold(ann), 1);
    other = await startOther(other.port);
    await asked(stage, false);
    await stage.zaide.stop();
  } finally {
    await other.close();
  }
});
