#!lua name=zaide2
-- What bot/store/redis.c asks of Redis 7.0, each call atomic.
--
-- KEYS[1] is the root of one partition, hash tag included ("zaide:{00bg}:"); every key begins with
-- it. ARGV are the words that the function's comment names, in that order; of a list first how many
-- there are. Ids and numbers stay strings: a Lua number is a double and would lose digits above
-- 2^53. A word that may be absent follows a "1", or it is "" after a "0". The keys, after the root:
--
--   c:<subject>     hash    the record; "version", "case_no" and "home.<room>" are known here.
--                           RETENTION after the last change, without a case; so t and m
--   t:<subject>     list    transcript, the newest LINES
--   m:<subject>     hash    "<surface>:<message id>" -> line, "<line>@<surface>" -> message id; of
--                           the newest lines, at most MAPS
--   seen:<bucket>   set     event ids, 48 h
--   cases           hash    open case number -> summary
--   timers          zset    "<subject>|<name>" by due ms; gone once due
--   out:<stream>    stream  outbox; ids "<n>-0", n counts up by one. What is to be sent
--   fly:<stream>    hash    entry id -> "<attempts> <not before ms> <stamp>": 0: not in flight, 1: it
--                           was taken, else by the commit of this stamp. An account's own stream
--                           has its "epoch" too
--   tell            stream  events for other subjects, ids as in out; gone once told
--   dead            stream  refused sends and unreadable entries, about the last DEAD; RETENTION
--                           after the newest
--   n:<hour>        hash    counters of that hour since 1970, 100 days
--   users:<account>:<bucket>  hash  the audience: name -> "<marks> <entry>" (model/audience.h)
--   job:<list>      hash    of a list of recipients (lists.lua): "n.<state>" sums, "at.<pass>" the
--                           bucket that a pass has come to
--   sent:<list>:<bucket>    hash  name -> "<state>", "<state> <what is kept with it>"
--   jobfly:<list>   hash    who is taken: name -> "<epoch> <stamp> <bucket> <repeat> <value before>";
--                           these three LIST_MS after the last change
--   seq             hash    the last number of "case", "tell" and each "out:<stream>"; the version of
--                           "cases"
--   in {g} only: agents rooms codes jobs (hashes), revisions revision_texts (hashes; the last 40),
--   waits (hash: chats told to wait, while they do), lease:<account> (its holder), epochs (hash),
--   homes (hash: "<room> <thread>" -> conversation;
--   with each new one two are looked at, and go if their conversation is forgotten: so of these
--   there are never many)
--
-- Nothing else grows: tests/unit/test_store_bounds.c holds every key to an expiry, or to one of the
-- bounds above.
--
-- Redis does not roll back: check first, write after. No text of people in an error reply. Every
-- process loads its own copy when it connects, and the last one counts; two releases may share a
-- server, so a change that the other one cannot live with gets a new library name.

local SEEN_S = 48 * 3600
local COUNTS_S = 100 * 24 * 3600
local PAGE = 256
local DEAD = 10000
local LINES = 2000     -- of a transcript, as STORE_LINES
local MAPS = 8 * LINES -- fields of m:<subject>

-- The words of a call, one at a time.
local function reader(args)
    local at = 0
    return function()
        at = at + 1
        return args[at]
    end
end

-- nil: absent
local function maybe(word)
    local is_there, value = word(), word()
    return is_there == '1' and value or nil
end

local function digits(n)
    return string.format('%.0f', n)
end

local function next_id(p, counter)
    return digits(redis.call('HINCRBY', p .. 'seq', counter, 1))
end

local function next_case(p, partition)
    if partition == '64' then -- the global one has no cases
        return '0'
    end
    return digits(64 * ((redis.call('HGET', p .. 'seq', 'case') or 0) + 1) + partition)
end

-- "" deletes.
local function put(key, field, value)
    if value == '' then
        redis.call('HDEL', key, field)
    else
        redis.call('HSET', key, field, value)
    end
end

local function append_lines(p, subject, lines)
    local key = p .. 't:' .. subject
    if redis.call('RPUSH', key, unpack(lines)) > LINES then
        redis.call('LTRIM', key, -LINES, -1)
    end
end

-- Of a full map at least half goes, the oldest lines first.
local function halve_maps(key)
    local fields, lines, newest, keep = redis.call('HGETALL', key), {}, 0, LINES
    for f = 1, #fields, 2 do
        local line = tonumber(fields[f]:match('^(%d+)@') or fields[f + 1]:match('%d+'))
        lines[fields[f]], newest = line, math.max(newest, line)
    end
    while redis.call('HLEN', key) > MAPS / 2 do
        for field, line in pairs(lines) do
            if line <= newest - keep then
                redis.call('HDEL', key, field)
            end
        end
        keep = keep > 1 and keep / 2 or 0
    end
end

-- A line that staff wrote is known by -line where it was written; its twins are found by the line.
-- Is it the first?
local function map_line(p, subject, surface, message_id, line)
    local key, twin = p .. 'm:' .. subject, line:gsub('^-', '')
    local had = redis.call('HLEN', key)
    if had >= MAPS then
        halve_maps(key)
    end
    redis.call('HSET', key, surface .. ':' .. message_id, line, twin .. '@' .. surface, message_id)
    return had == 0
end

-- A subject is forgotten `retention` ms after its last change, unless a case is open. "0": never.
local function expire(key, retention)
    if retention == '0' then
        redis.call('PERSIST', key)
    else
        redis.call('PEXPIRE', key, retention)
    end
end

local function keep(p, subject, retention)
    local has_case = redis.call('HEXISTS', p .. 'c:' .. subject, 'case_no') == 1
    for _, kind in ipairs({'c:', 't:', 'm:'}) do
        expire(p .. kind .. subject, has_case and '0' or retention)
    end
end

-- The outbox's marks.

-- An entry's mark: attempts, not before, stamp.
local function mark_of(p, stream, id)
    local mark = redis.call('HGET', p .. 'fly:' .. stream, id) or '0 0 0'
    return mark:match('^(%d+) (%d+) (%d+)$')
end

local function set_mark(p, stream, id, attempts, not_before, stamp)
    local mark = digits(attempts) .. ' ' .. not_before .. ' ' .. stamp
    put(p .. 'fly:' .. stream, id, mark == '0 0 0' and '' or mark)
end

-- Does a newer holder have the account? The first call of one fences the older ones.
local function is_fenced(p, account, epoch)
    local key = p .. 'fly:' .. account
    local newest = tonumber(redis.call('HGET', key, 'epoch') or 0)
    if tonumber(epoch) > newest then
        redis.call('HSET', key, 'epoch', epoch)
    end
    return tonumber(epoch) < newest
end

-- The audience. Marks are letters and stay whatever the entry becomes; entry nil: as it was.
local function mark_person(key, name, entry, set, clear)
    local was = redis.call('HGET', key, name) or ''
    if was == '' and not entry then
        return
    end
    local marks = was:match('^%a*')
    for letter in (clear .. set):gmatch('%a') do
        marks = marks:gsub(letter, '')
    end
    local is = marks .. set .. (entry and ' ' .. entry or was:match(' .*') or '')
    if is ~= was then
        redis.call('HSET', key, name, is)
    end
end

local function users_of(p, account, bucket)
    return p .. 'users:' .. account .. ':' .. bucket
end

-- Turns.

-- subject, partition, refs: surface, id -> {record, next case, lines}
local function load(keys, args)
    local p, word = keys[1], reader(args)
    local subject, partition, lines = word(), word(), {}
    for i = 1, word() do
        lines[i] = redis.call('HGET', p .. 'm:' .. subject, word() .. ':' .. word())
    end
    return {redis.call('HGETALL', p .. 'c:' .. subject), next_case(p, partition), lines}
end

-- The parts of a commit, each of which reads its own words.

-- set: name, value ("" removes)
local function set_record(key, version, word)
    local set, gone = {'version', version}, {}
    for _ = 1, word() do
        local name, value = word(), word()
        if value == '' then
            gone[#gone + 1] = name
        else
            set[#set + 1] = name
            set[#set + 1] = value
        end
    end
    redis.call('HSET', key, unpack(set))
    if #gone > 0 then
        redis.call('HDEL', key, unpack(gone))
    end
end

-- case_no, open_case_no, open_case (may be absent) -> did it change?
local function set_case(p, word)
    local case_no, open_no, open = word(), word(), maybe(word)
    if case_no ~= '0' then
        next_id(p, 'case')
    end
    if not open or open == (redis.call('HGET', p .. 'cases', open_no) or '') then
        return false
    end
    put(p .. 'cases', open_no, open)
    next_id(p, 'cases')
    return true
end

-- lines
local function add_lines(p, subject, word)
    local lines = {}
    for i = 1, word() do
        lines[i] = word()
    end
    if #lines > 0 then
        append_lines(p, subject, lines)
    end
end

-- timers: name, due -> are there any?
local function set_timers(p, subject, word)
    local n = tonumber(word())
    for _ = 1, n do
        local name, due = subject .. '|' .. word(), word()
        if due == '0' then
            redis.call('ZREM', p .. 'timers', name)
        else
            redis.call('ZADD', p .. 'timers', due, name)
        end
    end
    return n > 0
end

-- account, epoch, stamp, out: stream, json, "1": take it -> ids, are they taken, are there others?
local function add_out(p, word)
    local ids, is_taken, has_others = {}, false, false
    local account, epoch, stamp = word(), word(), word()
    for i = 1, word() do
        local stream, json, take = word(), word(), word()
        ids[i] = next_id(p, 'out:' .. stream)
        redis.call('XADD', p .. 'out:' .. stream, ids[i] .. '-0', 'j', json)
        is_taken = is_taken or take == '1' and not is_fenced(p, account, epoch)
        if take == '1' and is_taken then
            set_mark(p, stream, ids[i], 1, 0, stamp)
        else
            has_others = true
        end
    end
    return ids, is_taken, has_others
end

-- tells -> ids
local function add_tells(p, word)
    local ids = {}
    for i = 1, word() do
        ids[i] = next_id(p, 'tell')
        redis.call('XADD', p .. 'tell', ids[i] .. '-0', 'j', word())
    end
    return ids
end

-- hour, counts: name, n. A new name may be the hour's first.
local function add_counts(p, word)
    local key, is_new = p .. 'n:' .. word(), false
    for _ = 1, word() do
        local name, n = word(), word()
        is_new = redis.call('HINCRBY', key, name, n) == tonumber(n) or is_new
    end
    if is_new then
        redis.call('EXPIRE', key, COUNTS_S)
    end
end

-- "1": there is one: account, bucket, name, entry, set, clear
local function set_person(p, word)
    if word() == '1' then
        local key, name = users_of(p, word(), word()), word()
        mark_person(key, name, word(), word(), word())
    end
end

-- bell, process, retention, subject, partition, version, bucket, member, case_no, puts: hash, key,
-- value, was (may be absent); then what the functions above read, in their order, with maps:
-- surface, id, line before the timers -> {status, version, out ids, tell ids, taken}
local function commit(keys, args)
    local p, word = keys[1], reader(args)
    local bell, process, retention = word(), word(), word()
    local subject, partition, loaded, bucket, member = word(), word(), word(), word(), word()
    local record, seen, case_no, puts = p .. 'c:' .. subject, p .. 'seen:' .. bucket, word(), {}
    local version = redis.call('HGET', record, 'version') or '0'
    local fits = version == loaded and (case_no == '0' or case_no == next_case(p, partition))
    for i = 1, word() do
        local it = {hash = p .. word(), key = word(), value = word(), was = maybe(word)}
        puts[i] = it
        fits = fits and (not it.was or it.was == (redis.call('HGET', it.hash, it.key) or ''))
    end
    if not fits then
        local is_seen = redis.call('SISMEMBER', seen, member) == 1
        return {is_seen and 'SEEN' or 'CONFLICT', version}
    end
    if redis.call('SADD', seen, member) == 0 then
        return {'SEEN', version}
    end

    redis.call('EXPIRE', seen, SEEN_S)
    version = digits(version + 1)
    set_record(record, version, word)
    local rings = set_case(p, word)
    add_lines(p, subject, word)
    for _ = 1, word() do
        map_line(p, subject, word(), word(), word())
    end
    rings = set_timers(p, subject, word) or rings
    local out, is_taken, has_others = add_out(p, word)
    local tells = add_tells(p, word)
    add_counts(p, word)
    set_person(p, word)
    for _, it in ipairs(puts) do
        put(it.hash, it.key, it.value)
    end
    keep(p, subject, retention)
    if rings or has_others or #tells > 0 then -- there is something that other processes look for
        redis.call('PUBLISH', bell, partition .. ' ' .. process)
    end
    return {'OK', version, out, tells, is_taken and 1 or 0}
end

-- The outbox.

local function entry_of(p, stream, id)
    return redis.call('XRANGE', p .. 'out:' .. stream, id .. '-0', id .. '-0')[1]
end

local function append_stream(to, key, from, also)
    for _, entry in ipairs(redis.call('XRANGE', key, from .. '-0', '+', 'COUNT', PAGE)) do
        local id = entry[1]:match('^%d+')
        for _, value in ipairs({id, entry[2][2], also and also(id)}) do
            to[#to + 1] = value
        end
    end
end

-- now, cases, streams: stream, from -> {timers, per stream its entries, tells, version of the
-- cases, and the cases or, when that is the one they are known by, nil}, all flat
local function poll(keys, args)
    local p, word = keys[1], reader(args)
    local now, cases, streams, tells = word(), word(), {}, {}
    for i = 1, word() do
        local stream, from = word(), word()
        local marks, fields = {}, redis.call('HGETALL', p .. 'fly:' .. stream)
        for f = 1, #fields, 2 do
            marks[fields[f]] = fields[f + 1]
        end
        streams[i] = {}
        append_stream(streams[i], p .. 'out:' .. stream, from, function(id)
            return marks[id] or '0 0 0'
        end)
    end
    append_stream(tells, p .. 'tell', '0')
    local version = redis.call('HGET', p .. 'seq', 'cases') or '0'
    return {
        redis.call('ZRANGEBYSCORE', p .. 'timers', '-inf', now, 'WITHSCORES', 'LIMIT', 0, PAGE),
        streams,
        tells,
        version,
        version ~= cases and redis.call('HGETALL', p .. 'cases')
    }
end

-- account, epoch
local function hold(keys, args)
    return is_fenced(keys[1], args[1], args[2]) and 'FENCED' or 'OK'
end

-- stream, id, conversation, surface, about, room (may be absent)
local function take_one(p, word)
    local stream, id, conversation, surface, about = word(), word(), word(), word(), word()
    local room, about_id, thread = maybe(word), false, false
    if not entry_of(p, stream, id) then
        return false
    end
    local attempts, not_before = mark_of(p, stream, id)
    set_mark(p, stream, id, attempts + 1, not_before, '1')
    if about ~= '0' then
        about_id = redis.call('HGET', p .. 'm:' .. conversation, about .. '@' .. surface)
    end
    if room then
        thread = redis.call('HGET', p .. 'c:' .. conversation, 'home.' .. room) or ''
    end
    return {about_id, thread, attempts}
end

-- account, epoch, takes: struct take -> {status, {about id, thread, attempts} for each, nil where
-- the entry is gone}
local function take(keys, args)
    local p, word = keys[1], reader(args)
    local account, epoch = word(), word()
    if is_fenced(p, account, epoch) then
        return {'FENCED'}
    end
    local reply = {'OK'}
    for i = 1, word() do
        reply[i + 1] = take_one(p, word)
    end
    return reply
end

-- stream, id, conversation, surface, line, message_id, mark (both may be absent), "1": dead. An
-- entry that is gone was settled before, by a call whose reply was lost. What the commit did not
-- find to keep is kept from here on.
local function sent_one(p, now, retention, word)
    local stream, id, conversation, surface, line = word(), word(), word(), word(), word()
    local message_id, mark, is_dead = maybe(word), maybe(word), word() == '1'
    local entry = is_dead and entry_of(p, stream, id)
    if redis.call('XDEL', p .. 'out:' .. stream, id .. '-0') == 0 then
        return
    end
    redis.call('HDEL', p .. 'fly:' .. stream, id)
    local is_new = message_id and line ~= '0' and
        map_line(p, conversation, surface, message_id, line)
    if mark and conversation ~= '' then
        append_lines(p, conversation, {mark})
    end
    if entry then
        redis.call('XADD', p .. 'dead', 'MAXLEN', '~', DEAD, '*', 'stream', stream, 'id', id, 'ms',
                   now, 'j', entry[2][2], 'mark', mark or '')
        expire(p .. 'dead', retention)
    end
    if is_new or mark then
        keep(p, conversation, retention)
    end
end

-- account, epoch, now, retention, sent: struct sent
local function sent(keys, args)
    local p, word = keys[1], reader(args)
    local account, epoch, now, retention = word(), word(), word(), word()
    if is_fenced(p, account, epoch) then
        return 'FENCED'
    end
    for _ = 1, word() do
        sent_one(p, now, retention, word)
    end
    return 'OK'
end

-- account, epoch, stream, id, not_before, "1": unsent. Only what is in flight gives an attempt
-- back, so that a repeated call takes no second one.
local function defer(keys, args)
    local p, word = keys[1], reader(args)
    if is_fenced(p, word(), word()) then
        return 'FENCED'
    end
    local stream, id, not_before, unsent = word(), word(), word(), word() == '1'
    if entry_of(p, stream, id) then
        local attempts, _, stamp = mark_of(p, stream, id)
        if unsent and stamp ~= '0' then
            attempts = attempts - 1
        end
        set_mark(p, stream, id, attempts, not_before, '0')
    end
    return 'OK'
end

-- Homes: first zaide2_bind in {g}, then zaide2_home in the conversation's partition.

-- room, thread, conversation -> {status, two homes by chance: thread, conversation, …}
local function bind(keys, args)
    local p, word = keys[1], reader(args)
    local thread, conversation = word() .. ' ' .. word(), word()
    redis.call('HSETNX', p .. 'homes', thread, conversation)
    if redis.call('HGET', p .. 'homes', thread) ~= conversation then
        return {'CONFLICT'}
    end
    return {'OK', redis.call('HRANDFIELD', p .. 'homes', 2, 'WITHVALUES')}
end

-- conversation, room, thread, retention
local function home(keys, args)
    local p, word = keys[1], reader(args)
    local conversation, room, thread, retention = word(), word(), word(), word()
    put(p .. 'c:' .. conversation, 'home.' .. room, thread)
    keep(p, conversation, retention)
    return 'OK'
end

-- Leases.

-- account, holder, ttl -> epoch, "0": somebody else's
local function lease(keys, args)
    local p, word = keys[1], reader(args)
    local account, holder, ttl = word(), word(), word()
    local key = p .. 'lease:' .. account
    local has = redis.call('GET', key)
    if has and has ~= holder then
        return '0'
    end
    redis.call('SET', key, holder, 'PX', ttl)
    if not has then
        redis.call('HINCRBY', p .. 'epochs', account, 1)
    end
    return redis.call('HGET', p .. 'epochs', account)
end

-- account, holder
local function unlease(keys, args)
    local key = keys[1] .. 'lease:' .. args[1]
    if redis.call('GET', key) == args[2] then
        redis.call('DEL', key)
    end
    return 'OK'
end

-- from, to: hours, both included -> sums, flat
local function counts(keys, args)
    local p, sums, flat = keys[1], {}, {}
    for hour = args[1], args[2] do
        local fields = redis.call('HGETALL', p .. 'n:' .. digits(hour))
        for f = 1, #fields, 2 do
            sums[fields[f]] = (sums[fields[f]] or 0) + fields[f + 1]
        end
    end
    for name, sum in pairs(sums) do
        flat[#flat + 1] = name
        flat[#flat + 1] = digits(sum)
    end
    return flat
end

local function reads(name, callback)
    redis.register_function{function_name = name, callback = callback, flags = {'no-writes'}}
end

reads('zaide2_load', load)
reads('zaide2_poll', poll)
reads('zaide2_counts', counts)
redis.register_function('zaide2_commit', commit)
redis.register_function('zaide2_hold', hold)
redis.register_function('zaide2_take', take)
redis.register_function('zaide2_sent', sent)
redis.register_function('zaide2_defer', defer)
redis.register_function('zaide2_bind', bind)
redis.register_function('zaide2_home', home)
redis.register_function('zaide2_lease', lease)
redis.register_function('zaide2_unlease', unlease)
