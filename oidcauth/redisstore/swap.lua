-- Replaces a value if the present one is the old one. Returns 1 if it did, or if the same swap did it before.
-- KEYS: the value. ARGV: '1' if an old value is required; the old value without its mark; the new value with its mark; the time to live
-- in milliseconds.
local key, required, old, new, ttl = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local present = redis.call('GET', key)
if present == new then
  return 1
end
if required == '1' then
  if not present or string.sub(present, 17) ~= old then
    return 0
  end
elseif present then
  return 0
end
if ttl > 0 then
  redis.call('SET', key, new, 'PX', ttl)
else
  redis.call('DEL', key)
end
return 1
