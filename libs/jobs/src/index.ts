export * from './jobs.module.js';
export * from './repeated-errors.js';
export * from './run-dispatcher.js';
export * from './run-queue.js';
