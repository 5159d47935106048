// Every method of the fake: an exported function of one of these files, under its own name. What
// they share is in common.mjs, content.mjs and results.mjs.
import * as chats from './chats.mjs';
import * as copy from './copy.mjs';
import * as edit from './edit.mjs';
import * as media from './media.mjs';
import * as moderate from './moderate.mjs';
import * as send from './send.mjs';
import * as topics from './topics.mjs';
import * as updates from './updates.mjs';

/** Lower-case name -> { name, run }. `run(ctx)` returns the result or throws an ApiError. */
export const methods = new Map();
for (const module of [chats, copy, edit, media, moderate, send, topics, updates])
  for (const [name, run] of Object.entries(module))
    methods.set(name.toLowerCase(), { name, run });
