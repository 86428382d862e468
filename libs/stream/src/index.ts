/**
 * The workflow stream on Redis: append, replay, tail. Knows nothing of Postgres, jobs or GraphQL.
 */
export { ChangeWatcher, type WorkflowChange } from './change-watcher.js';
export { ControlChannel } from './control-channel.js';
export { type ConnectionListener, closeRedis, createRedis, type RedisRole } from './redis-connection.js';
export { RedisHealth, type RedisState } from './redis-health.js';
export { RedisWorkflowStreamWriter, type StreamWriterOptions } from './redis-workflow-stream-writer.js';
export { StoredChunks } from './stored-chunks.js';
export { StreamModule, type StreamModuleOptions } from './stream.module.js';
export type { LoadedSnapshot, StreamDelivery, ViewerOptions } from './stream-delivery.js';
export { StreamRemoval } from './stream-removal.js';
export { WorkflowChanges } from './workflow-changes.js';
export { type TailsOptions, WorkflowTails } from './workflow-tails.js';
export { WorkflowViewer } from './workflow-viewer.js';
