/**
 * Loaded with `--import`: when this process receives SIGUSR2, its event loop stands still for HOLDFAST_TEST_BLOCK_MS
 * milliseconds of work, as it does in a step that computes. Its other threads go on.
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
