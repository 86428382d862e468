/** Redis failures that are not caused by the command: Redis is away, or reachable but unable to serve at the moment. */
import { unreachableCodes } from '#libs/contracts';

/** ioredis gives these errors no code. */
const names = new Set(['MaxRetriesPerRequestError', 'ClusterAllFailedError']);
const messages = /^(Connection is closed|Command timed out|Stream isn't writeable)/;
const passingReplies = /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|OOM|MISCONF|NOREPLICAS|UNBLOCKED)\b/;

/** Whether Redis refused the command in a way that a retry would not change. */
export function isFinalReply(error: Error): boolean {
  return error.name === 'ReplyError' && !passingReplies.test(error.message);
}

/** Whether the same command may succeed later. */
export function isRedisOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError') return passingReplies.test(error.message);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return unreachableCodes.has(code) || names.has(error.name) || messages.test(error.message);
}
