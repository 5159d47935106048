// What is measured of judged rows {label, found, confidence}; label "oos": nothing may be answered. All in percent.
// `share`: what part of all messages is taken to be out of scope; without it, as many as there are.

const isOutside = (row) => row.label === 'oos';
const isAnswer = (row) => row.found !== 'none' && row.found !== 'oos';

function weigh(rows, share) {
  const outside = rows.filter(isOutside).length, inside = rows.length - outside;
  const weight = share === undefined || !outside ? 1 : (share / (1 - share)) * (inside / outside);
  return { inside, outside, weight };
}

/** In scope, whatever the confidence. */
export function accuracy(rows) {
  const inside = rows.filter((row) => !isOutside(row));
  return (100 * inside.filter((row) => row.found === row.label).length) / inside.length;
}

/** How often a message in scope is trusted more than one out of scope; ties count half. */
export function areaUnderRoc(rows) {
  const sorted = [...rows].sort((a, b) => a.confidence - b.confidence);
  const { inside, outside } = weigh(rows);
  let below = 0, sum = 0;
  for (let i = 0; i < sorted.length;) {
    let in_ = 0, out = 0;
    const { confidence } = sorted[i];
    for (; i < sorted.length && sorted[i].confidence === confidence; i++)
      isOutside(sorted[i]) ? out++ : in_++;
    sum += in_ * (below + out / 2);
    below += out;
  }
  return (100 * sum) / (inside * outside);
}

// Each threshold, highest first: what is answered above it.
function* thresholds(rows, share) {
  const sorted = rows.filter(isAnswer).sort((a, b) => b.confidence - a.confidence);
  const { inside, outside, weight } = weigh(rows, share);
  const at = { inside, outside, weight, answered: 0, right: 0, wrong: 0, leaked: 0 };
  for (let i = 0; i < sorted.length; i++) {
    const row = sorted[i];
    at.answered += !isOutside(row);
    at.right += row.found === row.label;
    at.leaked += isOutside(row);
    at.wrong += isOutside(row) ? weight : row.found !== row.label;
    if (i + 1 < sorted.length && sorted[i + 1].confidence === row.confidence) continue;
    yield at;
  }
}

/** The largest part of the messages in scope that can be answered with this precision. */
export function coverageAt(percent, rows, share) {
  let best = 0;
  for (const at of thresholds(rows, share))
    if (at.wrong <= (1 - percent / 100) * (at.right + at.wrong) + 1e-9) best = Math.max(best, at.answered / at.inside);
  return 100 * best;
}

/** Of rows that were decided (none: not answered): precision and coverage. */
export function decided(rows, share) {
  let last = { inside: 1, answered: 0, right: 0, wrong: 0 };
  for (const at of thresholds(rows, share)) last = at;
  return { precision: (100 * last.right) / (last.right + last.wrong || 1), coverage: (100 * last.answered) / last.inside };
}

/** Out of scope is one more class; the threshold is where most rows are right (Larson et al. 2019). */
export function larson(rows, share) {
  let best = { right: 0, leaked: 0, score: -1 };
  for (const at of thresholds(rows, share)) {
    const score = at.right + at.weight * (at.outside - at.leaked);
    if (score > best.score) best = { ...at, score };
  }
  return { inScope: (100 * best.right) / best.inside, recall: (100 * (best.outside - best.leaked)) / best.outside };
}
