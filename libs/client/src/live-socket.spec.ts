import { describe, expect, it } from 'vitest';
import { lossOfClose } from './live-socket.js';

describe('lossOfClose', () => {
  it('comes back after every close that is not a refusal', () => {
    for (const code of [1000, 1001, 1006, 1011, 1012, 1013, 4000, 4500]) {
      expect(lossOfClose(code, '').kind, `${code}`).toBe('retryable');
    }
  });

  it('gives up after a refusal and says why', () => {
    expect(lossOfClose(4403, 'Forbidden')).toEqual({ kind: 'fatal', message: 'Forbidden' });
    expect(lossOfClose(4400, '').kind).toBe('fatal');
  });

  it('comes back when a peer was only too slow', () => {
    for (const code of [4408, 4499]) expect(lossOfClose(code, '').kind, `${code}`).toBe('retryable');
  });
});
