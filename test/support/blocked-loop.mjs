/**
 * Loaded with `--import`: on SIGUSR2, the event loop of this process is blocked by HOLDFAST_TEST_BLOCK_MS milliseconds of
 * work, as in a step that computes. Other threads continue.
 */
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('SIGUSR2', () => {
    process.stderr.write('the loop is blocked\n');
    const until = performance.now() + Number(process.env.HOLDFAST_TEST_BLOCK_MS ?? 0);
    while (performance.now() < until);
    process.stderr.write('the loop goes on\n');
  });
}
