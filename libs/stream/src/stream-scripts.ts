/**
 * The two scripts that write a workflow's stream. They enforce fencing, contiguity and idempotency. Nothing else writes
 * these keys, and only `stream-removal.ts` deletes them.
 *
 * An entry has a field `events`, a JSON array. When the array is a single `chunks` event, a second field `chunks` holds the
 * number of chunks, so that a reader need not parse them. The published message is
 * `{"predecessor": cursor, "cursor": cursor, "bytes": size of events, "events": [...]}`.
 *
 * Wherever the log is not continuous (a new epoch, an emptied Redis, a trimmed log), an opening entry `epoch-0` follows,
 * which begins with a resync marker. After the marker come ends of runs that the log did not contain before.
 */
import type { Redis } from 'ioredis';
import { type Cursor, limits } from '#libs/contracts';

export type OpenReply = ['OK', Cursor, number, number] | ['FENCED', string];
export type AppendReply = ['OK', Cursor] | ['FENCED', string] | ['GAP', Cursor] | ['LOST', ''];

export interface StreamCommands {
  openStreamEpoch(
    stream: string,
    meta: string,
    epoch: number,
    marker: string,
    channel: string,
    keptBytes: number,
    retentionMs: number,
    replaced: number,
    nextIndex: number,
    unlogged: number,
    ...ends: (number | string)[]
  ): Promise<OpenReply>;
  appendToStream(
    stream: string,
    meta: string,
    epoch: number,
    seq: number,
    entry: string,
    channel: string,
    retentionMs: number,
    chunks: number,
    nextIndex: number,
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
 * ARGV[1] epoch, ARGV[2] resync marker, ARGV[3] channel,
 *         ARGV[4] bytes above which everything before the marker is dropped, unless the current run wrote some of it,
 *         ARGV[5] retention in ms after which both keys expire, or 0,
 *         ARGV[6] epoch of a log of another history, which is dropped when that epoch is the open one, or 0,
 *         ARGV[7] the index of the message's next chunk as far as Postgres knows, or -1 when no chunks will follow,
 *         ARGV[8] what counts as `next` where there is no log: 0 when nothing was sent before, -1 when unknown,
 *         ARGV[9], ARGV[10], ... pairs: an epoch in which a run ended, and the events of that end, in the order of the epochs.
 *         An opening always adds all ends that the log may lack, so the log holds every end up to the last one it holds.
 * The field `next` is the index of the run's next chunk as far as the log knows; 0 after an end, -1 when unknown. When more
 * may have been sent than Postgres knows, and the log cannot tell, the run goes on after a gap.
 * Returns {'OK', cursor, bytes, next}: opened, or already open with nothing appended; bytes of the log since the last end
 *         {'FENCED', open epoch}: a later epoch is open, or this one is in use
 */
const openScript = `${publish}
local epoch = tonumber(ARGV[1])
local id = ARGV[1] .. '-0'
local meta = redis.call('HMGET', KEYS[2], 'epoch', 'last', 'bytes', 'ended', 'run', 'next')
local open = tonumber(meta[1] or 0)
if open > 0 and open == tonumber(ARGV[6]) then
  redis.call('DEL', KEYS[1], KEYS[2])
  open = 0
end
if open > epoch then return {'FENCED', meta[1]} end
local predecessor = '0-0'
local bytes = 0
local ended = 0
local run = 0
local sent = tonumber(ARGV[8])
if open > 0 and redis.call('EXISTS', KEYS[1]) == 1 then
  if open == epoch then
    if meta[2] == id then return {'OK', id, tonumber(meta[5] or 0), tonumber(meta[6] or -1)} end
    return {'FENCED', meta[1]}
  end
  predecessor = meta[2]
  bytes = tonumber(meta[3] or 0)
  ended = tonumber(meta[4] or 0)
  run = tonumber(meta[5] or 0)
  sent = tonumber(meta[6] or -1)
else
  redis.call('DEL', KEYS[1])
end
local entry = '[' .. ARGV[2]
for index = 9, #ARGV, 2 do
  local at = tonumber(ARGV[index])
  if at > ended then
    entry = entry .. ',' .. ARGV[index + 1]
    ended = at
    run = 0
    sent = math.min(sent, 0)
  end
end
entry = entry .. ']'
redis.call('XADD', KEYS[1], id, 'events', entry)
local goes_on = ARGV[5] == '0'
if goes_on and run == 0 and bytes > tonumber(ARGV[4]) then
  redis.call('XTRIM', KEYS[1], 'MINID', id)
  bytes = 0
end
run = goes_on and run + #entry or 0
local index = tonumber(ARGV[7])
if not goes_on then
  sent = ARGV[6] == '0' and 0 or -1
elseif index >= 0 then
  if sent < 0 or (sent > 0 and sent < index) then index = index + ${limits.attemptChunks} end
  sent = math.max(sent, index)
end
redis.call('HSET', KEYS[2], 'epoch', ARGV[1], 'last', id, 'bytes', bytes + #entry, 'ended', ended, 'run', run, 'next', sent)
for _, key in ipairs(KEYS) do
  if goes_on then redis.call('PERSIST', key) else redis.call('PEXPIRE', key, ARGV[5]) end
end
publish(ARGV[3], predecessor, id, entry)
return {'OK', id, run, sent}
`;

/**
 * KEYS[1] stream, KEYS[2] meta
 * ARGV[1] epoch, ARGV[2] seq, ARGV[3] entry, ARGV[4] channel,
 *         ARGV[5] retention in ms after which both keys expire when the entry ends the run of this epoch, or 0,
 *         ARGV[6] how many chunks there are when the entry is one `chunks` event and nothing else, or 0,
 *         ARGV[7] the index of the chunk after this entry, or -1 when it gives none
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
if ARGV[6] == '0' then
  redis.call('XADD', KEYS[1], id, 'events', ARGV[3])
else
  redis.call('XADD', KEYS[1], id, 'events', ARGV[3], 'chunks', ARGV[6])
end
redis.call('HSET', KEYS[2], 'last', id)
if ARGV[7] ~= '-1' then redis.call('HSET', KEYS[2], 'next', ARGV[7]) end
redis.call('HINCRBY', KEYS[2], 'bytes', #ARGV[3])
redis.call('HINCRBY', KEYS[2], 'run', #ARGV[3])
if ARGV[5] ~= '0' then
  redis.call('HSET', KEYS[2], 'ended', ARGV[1], 'run', 0, 'next', 0)
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
publish(ARGV[4], meta[2], id, ARGV[3])
return {'OK', id}
`;

/** Defines both scripts on a connection. Idempotent. */
export function defineStreamCommands(redis: Redis): Redis & StreamCommands {
  redis.defineCommand('openStreamEpoch', { numberOfKeys: 2, lua: openScript });
  redis.defineCommand('appendToStream', { numberOfKeys: 2, lua: appendScript });
  return redis as Redis & StreamCommands;
}
