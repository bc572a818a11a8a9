-- Keeps the union of two entries with the same key. Returns 1 if the key is new, or if the same adder made it new.
-- KEYS: the entry. ARGV: Until and Before in microseconds, Before '' for all tokens; the time to live in milliseconds; the adder.
local key, till, before, ttl, adder = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local old = redis.call('HMGET', key, 'until', 'before', 'adder')
if not old[1] then
  if tonumber(ttl) > 0 then
    redis.call('HSET', key, 'until', till, 'before', before, 'adder', adder)
    redis.call('PEXPIRE', key, ttl)
  end
  return 1
end
if old[2] ~= '' and (before == '' or tonumber(before) > tonumber(old[2])) then
  redis.call('HSET', key, 'before', before)
end
if tonumber(till) > tonumber(old[1]) then
  redis.call('HSET', key, 'until', till)
end
local left = redis.call('PTTL', key)
if left >= 0 and tonumber(ttl) > left then -- below 0 the key has no time to live
  redis.call('PEXPIRE', key, ttl)
end
return old[3] == adder and 1 or 0
