// What tests do to the world and ask of it. Each function of people.mjs, rooms.mjs and views.mjs
// becomes a method here, and a command of the HTTP control API under the same name; all take one
// object and return plain JSON values.
import * as people from './people.mjs';
import * as rooms from './rooms.mjs';
import * as views from './views.mjs';

export class Control {
  commands = new Map();

  /** `parts`: { world, clock, journal, limits, faults }. */
  constructor(parts) {
    Object.assign(this, parts);
    for (const part of [people, rooms, views])
      for (const [name, run] of Object.entries(part)) {
        this[name] = (options = {}) => run(parts, options);
        this.commands.set(name, this[name]);
      }
  }

  /** The number of the newest fact: give it as `after` to wait for later ones only. */
  get seq() {
    return this.journal.seq;
  }

  /** Resolves with the first truthy value of `predicate()`, looked at after every change. */
  waitFor(predicate, timeoutMs, what) {
    return this.journal.waitFor(predicate, timeoutMs, what);
  }
}
