export * from './agent-names.js';
export * from './chunk-compaction.js';
export * from './cursor.js';
export * from './errors.js';
export * from './ids.js';
export * from './limits.js';
export * from './statuses.js';
export * from './stream-events.js';
