/**
 * The two scripts that write a workflow's stream. Own fencing, contiguity and idempotency; nothing else writes these keys,
 * and only `stream-removal.ts` removes them.
 *
 * An entry has one field, `events`, a JSON array. What is published is
 * `{"predecessor": cursor, "cursor": cursor, "bytes": size of events, "events": [...]}`. Every place at which the log is
 * not continuous (a new epoch, an emptied Redis, a trimmed log) is followed by an opening entry, `epoch-0`, whose only
 * event is a snapshot mark.
 */
import type { Redis } from 'ioredis';
import type { Cursor } from '#libs/contracts';

export type OpenReply = ['OK', Cursor] | ['FENCED', string] | ['CLOSED', Cursor];
export type AppendReply = ['OK', Cursor] | ['FENCED', string] | ['GAP', Cursor] | ['LOST', ''];

export interface StreamCommands {
  openStreamEpoch(
    stream: string,
    meta: string,
    epoch: number,
    entry: string,
    channel: string,
    keptBytes: number,
    unlessClosedSince: number,
  ): Promise<OpenReply>;
  appendToStream(
    stream: string,
    meta: string,
    epoch: number,
    seq: number,
    entry: string,
    channel: string,
    retentionMs: number,
  ): Promise<AppendReply>;
}

const publish = `
local function publish(channel, predecessor, cursor, entry)
  redis.call('PUBLISH', channel, '{"predecessor":"' .. predecessor .. '","cursor":"' .. cursor
    .. '","bytes":' .. #entry .. ',"events":' .. entry .. '}')
end
`;

/**
 * KEYS[1] stream, KEYS[2] meta
 * ARGV[1] epoch, ARGV[2] entry with the snapshot mark, ARGV[3] channel, ARGV[4] bytes above which everything before the
 *         mark is dropped, ARGV[5] epoch, or 0: when the log has been closed in this epoch or later, nothing is opened
 * Returns {'OK', cursor}: opened, or already open with nothing appended to it
 *         {'FENCED', open epoch}: a later epoch is open, or this one is in use
 *         {'CLOSED', cursor}: the log has ended there already, and nothing was changed
 */
const openScript = `${publish}
local epoch = tonumber(ARGV[1])
local id = ARGV[1] .. '-0'
local meta = redis.call('HMGET', KEYS[2], 'epoch', 'last', 'bytes', 'closed')
local predecessor = '0-0'
local bytes = 0
if meta[1] and redis.call('EXISTS', KEYS[1]) == 1 then
  local open = tonumber(meta[1])
  if open > epoch then return {'FENCED', meta[1]} end
  if open == epoch then
    if meta[2] == id then return {'OK', id} end
    return {'FENCED', meta[1]}
  end
  local since = tonumber(ARGV[5])
  if since > 0 and meta[4] == meta[2] and open >= since then return {'CLOSED', meta[2]} end
  predecessor = meta[2]
  bytes = tonumber(meta[3]) or 0
else
  if meta[1] and tonumber(meta[1]) > epoch then return {'FENCED', meta[1]} end
  redis.call('DEL', KEYS[1])
end
redis.call('XADD', KEYS[1], id, 'events', ARGV[2])
if bytes > tonumber(ARGV[4]) then
  redis.call('XTRIM', KEYS[1], 'MINID', id)
  bytes = 0
end
redis.call('HSET', KEYS[2], 'epoch', ARGV[1], 'last', id, 'bytes', bytes + #ARGV[2])
redis.call('PERSIST', KEYS[1])
redis.call('PERSIST', KEYS[2])
publish(ARGV[3], predecessor, id, ARGV[2])
return {'OK', id}
`;

/**
 * KEYS[1] stream, KEYS[2] meta
 * ARGV[1] epoch, ARGV[2] seq, ARGV[3] entry, ARGV[4] channel, ARGV[5] retention in ms after which both keys expire, or 0
 * Returns {'OK', cursor}: appended, or appended before by the same call
 *         {'FENCED', open epoch}: a later epoch is open
 *         {'GAP', last cursor}: seq is not the next one, entries are missing
 *         {'LOST', ''}: there is no such stream, or it does not know this epoch
 * Creates nothing.
 */
const appendScript = `${publish}
local meta = redis.call('HMGET', KEYS[2], 'epoch', 'last')
if not meta[1] or redis.call('EXISTS', KEYS[1]) == 0 then return {'LOST', ''} end
if meta[1] ~= ARGV[1] then
  if tonumber(meta[1]) > tonumber(ARGV[1]) then return {'FENCED', meta[1]} end
  return {'LOST', ''}
end
local seq = tonumber(ARGV[2])
local last = tonumber(string.match(meta[2], '%-(%d+)$'))
if seq == last then return {'OK', meta[2]} end
if seq ~= last + 1 then return {'GAP', meta[2]} end
local id = ARGV[1] .. '-' .. ARGV[2]
redis.call('XADD', KEYS[1], id, 'events', ARGV[3])
redis.call('HSET', KEYS[2], 'last', id)
redis.call('HINCRBY', KEYS[2], 'bytes', #ARGV[3])
if ARGV[5] ~= '0' then
  redis.call('HSET', KEYS[2], 'closed', id)
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
publish(ARGV[4], meta[2], id, ARGV[3])
return {'OK', id}
`;

/** Teaches a connection both scripts. Idempotent. */
export function defineStreamCommands(redis: Redis): Redis & StreamCommands {
  redis.defineCommand('openStreamEpoch', { numberOfKeys: 2, lua: openScript });
  redis.defineCommand('appendToStream', { numberOfKeys: 2, lua: appendScript });
  return redis as Redis & StreamCommands;
}
