/** The workflow stream on Redis: append, replay, tail. Independent of Postgres, jobs and GraphQL. */
export { ChangeWatcher, type WorkflowChange } from './change-watcher.js';
export { ControlChannel } from './control-channel.js';
export { PeerWatch } from './peer-watch.js';
export { parseRedisAddress, REDIS_ADDRESS_RULE, REDIS_PREFIX_PATTERN, REDIS_PREFIX_RULE } from './redis-address.js';
export {
  type ConnectionListener,
  type ConnectionOptions,
  closeRedis,
  createRedis,
  type RedisEndpoint,
  type RedisRole,
} from './redis-connection.js';
export { RedisHealth, type RedisState, type StartReport } from './redis-health.js';
export { isRedisOutage } from './redis-outage.js';
export { RedisWorkflowStreamWriter, type StreamWriterOptions } from './redis-workflow-stream-writer.js';
export { StoredChunks } from './stored-chunks.js';
export { queuePrefix } from './stream.keys.js';
export { StreamModule, type StreamModuleOptions } from './stream.module.js';
export type { LoadedSnapshot, LogReplacementResult, StreamDelivery, SubscriberOptions } from './stream-delivery.js';
export { StreamRemoval } from './stream-removal.js';
export { StreamSubscriber } from './stream-subscriber.js';
export { WorkflowChanges } from './workflow-changes.js';
export { type TailsOptions, WorkflowTails } from './workflow-tails.js';
