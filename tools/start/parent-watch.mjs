/**
 * Loaded into every Node process that `npm start` starts: makes it stop gracefully when the supervisor is gone for any
 * reason.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
