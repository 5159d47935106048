-- The second half of the library (functions.lua): lists of recipients, as bot/ports/store.h has them.

local LIST_MS = 8 * 24 * 3600 * 1000
local BUCKETS = 256 -- as AUDIENCE_BUCKETS
local FLYING = 'flying'

local function state_of(value)
    return value:match('^%S*')
end

local function sent_of(p, list, bucket)
    return p .. 'sent:' .. list .. ':' .. bucket
end

local function add_sum(p, list, value, n)
    local key, field = p .. 'job:' .. list, 'n.' .. state_of(value)
    if n ~= 0 and redis.call('HINCRBY', key, field, n) == 0 then
        redis.call('HDEL', key, field)
    end
end

-- His value changes, and with it the sums.
local function move(p, list, bucket, name, before, after)
    local key = sent_of(p, list, bucket)
    redis.call('HSET', key, name, after)
    redis.call('PEXPIRE', key, LIST_MS)
    add_sum(p, list, before, -1)
    add_sum(p, list, after, 1)
end

-- account, bucket -> {bucket of the first page from there on, its persons, flat}
local function people(keys, args)
    local p, account = keys[1], args[1]
    for bucket = args[2], BUCKETS - 1 do
        local persons = redis.call('HGETALL', users_of(p, account, digits(bucket)))
        if #persons > 0 then
            return {digits(bucket), persons}
        end
    end
    return {digits(BUCKETS), {}}
end

-- list, bucket, value, names
local function list_add(keys, args)
    local p, word = keys[1], reader(args)
    local list, bucket, value, n = word(), word(), word(), 0
    local key = sent_of(p, list, bucket)
    for _ = 1, word() do
        n = n + redis.call('HSETNX', key, word(), value)
    end
    add_sum(p, list, value, n)
    redis.call('PEXPIRE', key, LIST_MS)
    redis.call('PEXPIRE', p .. 'job:' .. list, LIST_MS)
    return 'OK'
end

-- The pass comes by this bucket once more.
local function go_back(p, list, pass, bucket)
    local key, field = p .. 'job:' .. list, 'at.' .. pass
    if tonumber(redis.call('HGET', key, field) or 0) > tonumber(bucket) then
        redis.call('HSET', key, field, bucket)
    end
end

-- results: bucket, name, value, marks (may be absent). A repeated one finds nobody flying.
local function list_results(p, list, account, pass, takes, word)
    for _ = 1, word() do
        local bucket, name, value, marks = word(), word(), word(), maybe(word)
        if redis.call('HDEL', p .. 'jobfly:' .. list, name) == 1 then
            move(p, list, bucket, name, FLYING, value)
            if takes[state_of(value)] then -- not now
                go_back(p, list, pass, bucket)
            end
            if marks then
                mark_person(users_of(p, account, bucket), name, nil, marks, '')
            end
        end
    end
end

-- What was taken and left, under an earlier epoch or in it; returns who was taken by this very call before.
local function look_at_flying(p, list, epoch, stamp, since, pass)
    local key, mine = p .. 'jobfly:' .. list, {}
    local flying = redis.call('HGETALL', key)
    for f = 1, #flying, 2 do
        local name = flying[f]
        local of, by, bucket, can_repeat, before =
            flying[f + 1]:match('^(%d+) (%d+) (%d+) (%d) (.*)$')
        if tonumber(of) < tonumber(epoch) or tonumber(by) < tonumber(since) then
            redis.call('HDEL', key, name)
            move(p, list, bucket, name, FLYING, can_repeat == '1' and before or 'unknown')
            if can_repeat == '1' then
                go_back(p, list, pass, bucket)
            end
        elseif by == stamp then
            mine[#mine + 1] = {bucket, name, before}
        end
    end
    return mine
end

-- Of one bucket those whose state is one of `takes`, until `taken` has `max`; is there none left?
local function take_bucket(p, list, bucket, takes, max, taken, flight)
    local fields = redis.call('HGETALL', sent_of(p, list, bucket))
    for f = 1, #fields, 2 do
        local name, value = fields[f], fields[f + 1]
        if takes[state_of(value)] then
            if #taken == max then
                return false
            end
            taken[#taken + 1] = {bucket, name, value}
            redis.call('HSET', p .. 'jobfly:' .. list, name, flight:format(bucket) .. value)
            move(p, list, bucket, name, value, FLYING)
        end
    end
    return true
end

-- list, account, epoch, pass, stamp, own since, "1": can be repeated, max, takes, results -> {status, is it
-- the end?, taken: bucket, name, value, person, flat}
local function list_step(keys, args)
    local p, word = keys[1], reader(args)
    local list, account, epoch, pass, stamp = word(), word(), word(), word(), word()
    local since, can_repeat, max, takes = word(), word(), tonumber(word()), {}
    if is_fenced(p, account, epoch) then
        return {'FENCED', 0, {}}
    end
    for _ = 1, word() do
        takes[word()] = true
    end
    list_results(p, list, account, pass, takes, word)

    local job, fly = p .. 'job:' .. list, p .. 'jobfly:' .. list
    local taken = look_at_flying(p, list, epoch, stamp, since, pass)
    local at = tonumber(redis.call('HGET', job, 'at.' .. pass) or 0)
    local flight = epoch .. ' ' .. stamp .. ' %s ' .. can_repeat .. ' '
    local is_new = #taken == 0
    while is_new and at < BUCKETS and
        take_bucket(p, list, digits(at), takes, max, taken, flight) do
        at = at + 1
    end
    redis.call('HSET', job, 'at.' .. pass, digits(at))
    redis.call('PEXPIRE', job, LIST_MS)
    redis.call('PEXPIRE', fly, LIST_MS)

    local flat = {}
    for _, it in ipairs(taken) do
        local person = redis.call('HGET', users_of(p, account, it[1]), it[2])
        for _, value in ipairs({it[1], it[2], it[3], person or ''}) do
            flat[#flat + 1] = value
        end
    end
    return {'OK', at == BUCKETS and 1 or 0, flat}
end

-- list -> state, how many, flat
local function list_sums(keys, args)
    local sums, fields = {}, redis.call('HGETALL', keys[1] .. 'job:' .. args[1])
    for f = 1, #fields, 2 do
        local state = fields[f]:match('^n%.(.*)')
        if state then
            sums[#sums + 1] = state
            sums[#sums + 1] = fields[f + 1]
        end
    end
    return sums
end

reads('zaide2_people', people)
reads('zaide2_list_sums', list_sums)
redis.register_function('zaide2_list_add', list_add)
redis.register_function('zaide2_list_step', list_step)
