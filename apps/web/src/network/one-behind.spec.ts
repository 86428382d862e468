import { expect, it } from 'vitest';
import { oneBehind } from './one-behind.js';

it('reads once more behind a read that is on its way, however often it is asked for and however that ends', async () => {
  const reads: PromiseWithResolvers<void>[] = [];
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  const ask = oneBehind(() => {
    const read = Promise.withResolvers<void>();
    reads.push(read);
    return read.promise;
  });
  for (let time = 0; time < 5; time++) ask();
  expect(reads).toHaveLength(1);
  reads[0]?.reject(new Error('The server is away.'));
  await settled();
  expect(reads).toHaveLength(2);
  reads[1]?.resolve();
  await settled();
  expect(reads).toHaveLength(2);
  ask();
  expect(reads).toHaveLength(3);
});
