#!lua name=zaide1
-- What bot/store/redis.c asks of Redis 7.0, each call atomic.
--
-- KEYS[1] is the root of one partition, hash tag included ("zaide:{00bg}:"); every key begins with
-- it. ARGV[1] is one JSON object, whose ids and numbers are strings: a Lua number is a double and
-- would lose digits above 2^53. The keys, after the root:
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
--   fly:<stream>    hash    entry id -> "<attempts> <not before ms> <1: in flight>"; an account's
--                           own stream has its "epoch" too
--   tell            stream  events for other subjects, ids as in out; gone once told
--   dead            stream  refused sends and unreadable entries, about the last DEAD; RETENTION
--                           after the newest
--   n:<hour>        hash    counters of that hour since 1970, 100 days
--   seq             hash    the last number of "case", "tell" and each "out:<stream>"; the version of
--                           "cases"
--   in {g} only: agents rooms codes (hashes), waits (hash: chats told to wait, while they do),
--   lease:<account> (its holder), epochs (hash), homes (hash: "<room> <thread>" -> conversation;
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

local function append_line(p, subject, line)
    local key = p .. 't:' .. subject
    if redis.call('RPUSH', key, line) > LINES then
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
local function map_line(p, subject, surface, message_id, line)
    local key, twin = p .. 'm:' .. subject, line:gsub('^-', '')
    if redis.call('HLEN', key) >= MAPS then
        halve_maps(key)
    end
    redis.call('HSET', key, surface .. ':' .. message_id, line, twin .. '@' .. surface, message_id)
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

-- Turns.

-- {subject, partition, refs: [{surface, id}]} -> {record, next case, lines}
local function load(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    local lines = {}
    for i, ref in ipairs(q.refs) do
        lines[i] = redis.call('HGET', p .. 'm:' .. q.subject, ref.surface .. ':' .. ref.id)
    end
    return {redis.call('HGETALL', p .. 'c:' .. q.subject), next_case(p, q.partition), lines}
end

-- struct commit, by the names of its members -> {status, version, out ids, tell ids}
local function commit(keys, args)
    local p, c = keys[1], cjson.decode(args[1])
    local record = p .. 'c:' .. c.subject
    local seen = p .. 'seen:' .. c.bucket
    local version = redis.call('HGET', record, 'version') or '0'
    if redis.call('SISMEMBER', seen, c.member) == 1 then
        return {'SEEN', version}
    end
    if version ~= c.version or (c.case_no ~= '0' and c.case_no ~= next_case(p, c.partition)) then
        return {'CONFLICT', version}
    end
    for _, it in ipairs(c.puts) do
        if it.was and it.was ~= (redis.call('HGET', p .. it.hash, it.key) or '') then
            return {'CONFLICT', version}
        end
    end

    redis.call('SADD', seen, c.member)
    redis.call('EXPIRE', seen, SEEN_S)
    version = digits(redis.call('HINCRBY', record, 'version', 1))
    for _, it in ipairs(c.set) do
        put(record, it.name, it.value)
    end
    if c.case_no ~= '0' then
        next_id(p, 'case')
    end
    if c.open_case and c.open_case ~= (redis.call('HGET', p .. 'cases', c.open_case_no) or '') then
        put(p .. 'cases', c.open_case_no, c.open_case)
        next_id(p, 'cases')
    end
    for _, line in ipairs(c.lines) do
        append_line(p, c.subject, line)
    end
    for _, it in ipairs(c.maps) do
        map_line(p, c.subject, it.surface, it.id, it.line)
    end
    for _, it in ipairs(c.timers) do
        if it.due == '0' then
            redis.call('ZREM', p .. 'timers', c.subject .. '|' .. it.name)
        else
            redis.call('ZADD', p .. 'timers', it.due, c.subject .. '|' .. it.name)
        end
    end
    local out, tells = {}, {}
    for i, it in ipairs(c.out) do
        out[i] = next_id(p, 'out:' .. it.stream)
        redis.call('XADD', p .. 'out:' .. it.stream, out[i] .. '-0', 'j', it.json)
    end
    for i, json in ipairs(c.tells) do
        tells[i] = next_id(p, 'tell')
        redis.call('XADD', p .. 'tell', tells[i] .. '-0', 'j', json)
    end
    for _, it in ipairs(c.counts) do
        redis.call('HINCRBY', p .. 'n:' .. c.hour, it.name, it.n)
    end
    redis.call('EXPIRE', p .. 'n:' .. c.hour, COUNTS_S)
    for _, it in ipairs(c.puts) do
        put(p .. it.hash, it.key, it.value)
    end
    keep(p, c.subject, c.retention)
    redis.call('PUBLISH', c.bell, c.partition .. ' ' .. c.process)
    return {'OK', version, out, tells}
end

-- The outbox.

-- An entry's mark: attempts, not before, in flight.
local function mark_of(p, stream, id)
    local mark = redis.call('HGET', p .. 'fly:' .. stream, id) or '0 0 0'
    return mark:match('^(%d+) (%d+) (%d)$')
end

local function set_mark(p, stream, id, attempts, not_before, in_flight)
    local mark = digits(attempts) .. ' ' .. not_before .. ' ' .. in_flight
    put(p .. 'fly:' .. stream, id, mark == '0 0 0' and '' or mark)
end

local function entry_of(p, stream, id)
    return redis.call('XRANGE', p .. 'out:' .. stream, id .. '-0', id .. '-0')[1]
end

-- Does a newer holder have the account? The first call of one fences the older ones.
local function is_fenced(p, q)
    local key = p .. 'fly:' .. q.account
    local epoch = tonumber(redis.call('HGET', key, 'epoch') or 0)
    if tonumber(q.epoch) > epoch then
        redis.call('HSET', key, 'epoch', q.epoch)
    end
    return tonumber(q.epoch) < epoch
end

local function append_stream(to, key, from, also)
    for _, entry in ipairs(redis.call('XRANGE', key, from .. '-0', '+', 'COUNT', PAGE)) do
        local id = entry[1]:match('^%d+')
        for _, value in ipairs({id, entry[2][2], also and also(id)}) do
            to[#to + 1] = value
        end
    end
end

-- {now, cases, streams: [{stream, from}]} -> {timers, per stream its entries, tells, version of the
-- cases, and the cases or, when that is the one they are known by, nil}, all flat
local function poll(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    local streams, tells = {}, {}
    for i, it in ipairs(q.streams) do
        local marks, fields = {}, redis.call('HGETALL', p .. 'fly:' .. it.stream)
        for f = 1, #fields, 2 do
            marks[fields[f]] = fields[f + 1]
        end
        streams[i] = {}
        append_stream(streams[i], p .. 'out:' .. it.stream, it.from, function(id)
            return marks[id] or '0 0 0'
        end)
    end
    append_stream(tells, p .. 'tell', '0')
    local version = redis.call('HGET', p .. 'seq', 'cases') or '0'
    return {
        redis.call('ZRANGEBYSCORE', p .. 'timers', '-inf', q.now, 'WITHSCORES', 'LIMIT', 0, PAGE),
        streams,
        tells,
        version,
        version ~= q.cases and redis.call('HGETALL', p .. 'cases')
    }
end

-- {account, epoch}
local function hold(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    return is_fenced(p, q) and 'FENCED' or 'OK'
end

local function take_one(p, it)
    local attempts, not_before = mark_of(p, it.stream, it.id)
    local about, thread = false, false
    set_mark(p, it.stream, it.id, attempts + 1, not_before, '1')
    if it.about ~= '0' then
        about = redis.call('HGET', p .. 'm:' .. it.conversation, it.about .. '@' .. it.surface)
    end
    if it.room then
        thread = redis.call('HGET', p .. 'c:' .. it.conversation, 'home.' .. it.room) or ''
    end
    return {about, thread, attempts}
end

-- {account, epoch, takes: struct take} -> {status, {about id, thread, attempts} for each, nil where
-- the entry is gone}
local function take(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    if is_fenced(p, q) then
        return {'FENCED'}
    end
    local reply = {'OK'}
    for i, it in ipairs(q.takes) do
        reply[i + 1] = entry_of(p, it.stream, it.id) and take_one(p, it) or false
    end
    return reply
end

-- {account, epoch, now, retention, sent: struct sent}. An entry that is gone was settled before,
-- by a call whose reply was lost.
local function sent(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    if is_fenced(p, q) then
        return 'FENCED'
    end
    for _, it in ipairs(q.sent) do
        local entry = entry_of(p, it.stream, it.id)
        if entry then
            redis.call('XDEL', p .. 'out:' .. it.stream, entry[1])
            redis.call('HDEL', p .. 'fly:' .. it.stream, it.id)
            if it.message_id and it.line ~= '0' then
                map_line(p, it.conversation, it.surface, it.message_id, it.line)
            end
            if it.mark and it.conversation ~= '' then
                append_line(p, it.conversation, it.mark)
            end
            if it.dead then
                redis.call('XADD', p .. 'dead', 'MAXLEN', '~', DEAD, '*', 'stream', it.stream,
                           'id', it.id, 'ms', q.now, 'j', entry[2][2], 'mark', it.mark or '')
                expire(p .. 'dead', q.retention)
            end
            keep(p, it.conversation, q.retention)
        end
    end
    return 'OK'
end

-- {account, epoch, stream, id, not_before, unsent}. Only what is in flight gives an attempt back,
-- so that a repeated call takes no second one.
local function defer(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    if is_fenced(p, q) then
        return 'FENCED'
    end
    if entry_of(p, q.stream, q.id) then
        local attempts, _, in_flight = mark_of(p, q.stream, q.id)
        if q.unsent and in_flight == '1' then
            attempts = attempts - 1
        end
        set_mark(p, q.stream, q.id, attempts, q.not_before, '0')
    end
    return 'OK'
end

-- Homes: first zaide1_bind in {g}, then zaide1_home in the conversation's partition.

-- {room, thread, conversation} -> {status, two homes by chance: thread, conversation, …}
local function bind(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    local thread = q.room .. ' ' .. q.thread
    redis.call('HSETNX', p .. 'homes', thread, q.conversation)
    if redis.call('HGET', p .. 'homes', thread) ~= q.conversation then
        return {'CONFLICT'}
    end
    return {'OK', redis.call('HRANDFIELD', p .. 'homes', 2, 'WITHVALUES')}
end

-- {conversation, room, thread, retention}
local function home(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    put(p .. 'c:' .. q.conversation, 'home.' .. q.room, q.thread)
    keep(p, q.conversation, q.retention)
    return 'OK'
end

-- Leases.

-- {account, holder, ttl} -> epoch, "0": somebody else's
local function lease(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    local key = p .. 'lease:' .. q.account
    local holder = redis.call('GET', key)
    if holder and holder ~= q.holder then
        return '0'
    end
    redis.call('SET', key, q.holder, 'PX', q.ttl)
    if not holder then
        redis.call('HINCRBY', p .. 'epochs', q.account, 1)
    end
    return redis.call('HGET', p .. 'epochs', q.account)
end

-- {account, holder}
local function unlease(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    if redis.call('GET', p .. 'lease:' .. q.account) == q.holder then
        redis.call('DEL', p .. 'lease:' .. q.account)
    end
    return 'OK'
end

-- {from, to}: hours, both included -> sums, flat
local function counts(keys, args)
    local p, q = keys[1], cjson.decode(args[1])
    local sums, flat = {}, {}
    for hour = q.from, q.to do
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

reads('zaide1_load', load)
reads('zaide1_poll', poll)
reads('zaide1_counts', counts)
redis.register_function('zaide1_commit', commit)
redis.register_function('zaide1_hold', hold)
redis.register_function('zaide1_take', take)
redis.register_function('zaide1_sent', sent)
redis.register_function('zaide1_defer', defer)
redis.register_function('zaide1_bind', bind)
redis.register_function('zaide1_home', home)
redis.register_function('zaide1_lease', lease)
redis.register_function('zaide1_unlease', unlease)
