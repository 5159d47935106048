// Runs the fake on its own: node start.mjs [--port N] [--limits normal|tight|off] [--keep-calls N]
// Prints one line of JSON, {"port":N,"url":"http://127.0.0.1:N"}, and serves until SIGTERM.
import { parseArgs } from 'node:util';
import { startFakeTelegram } from './index.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    limits: { type: 'string', default: 'normal' },
    'keep-calls': { type: 'string', default: '100000' },
    'keep-truth': { type: 'string', default: '1000000' },
  },
});
const fake = await startFakeTelegram({
  port: Number(values.port), limits: values.limits, keepCalls: Number(values['keep-calls']),
  keepTruth: Number(values['keep-truth']),
});
console.log(JSON.stringify({ port: fake.port, url: fake.url }));
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => fake.close().then(() => process.exit(0)));
