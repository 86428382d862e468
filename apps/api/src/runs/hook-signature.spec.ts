import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSignedWith } from './hook-signature.js';

const body = Buffer.from('{"approved":true}');
const signature = `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}`;

describe('the signature of a webhook', () => {
  it('fits the body and the secret that it was made with', () => {
    expect(isSignedWith('secret', body, signature)).toBe(true);
    expect(isSignedWith('secret', body, signature.toUpperCase().replace('SHA256', 'sha256'))).toBe(true);
  });

  it('fits nothing else', () => {
    expect(isSignedWith('another', body, signature)).toBe(false);
    expect(isSignedWith('secret', Buffer.from('{"approved":false}'), signature)).toBe(false);
    for (const header of [undefined, '', 'sha256=', signature.slice(0, -1), signature.slice(7)]) {
      expect(isSignedWith('secret', body, header)).toBe(false);
    }
  });
});
