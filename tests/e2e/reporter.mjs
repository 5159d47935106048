// One line a test, what went wrong, and the sum that scripts/test adds up.
import { inspect } from 'node:util';

export default async function* report(events) {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type === 'test:diagnostic' && data.nesting > 0) yield `    ${data.message}\n`;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.skip !== undefined) continue;
    const { duration_ms, error, type: kind } = data.details;
    if (kind === 'suite' && error?.failureType !== 'hookFailed') continue;
    const ok = type === 'test:pass';
    if (ok) passed++;
    else failed++;
    yield `${ok ? 'ok    ' : 'FAILED'} ${data.name} (${(duration_ms / 1000).toFixed(1)} s)\n`;
    if (!ok) yield `${inspect(error?.cause ?? error)}\n`;
  }
  yield `${passed} passed, ${failed} failed\n`;
}
