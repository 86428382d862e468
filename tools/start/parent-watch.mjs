/**
 * Loaded into every Node process that `npm start` starts: ends it in its own orderly way when the supervisor is gone,
 * however that happened.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
