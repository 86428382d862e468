/** The GraphQL over HTTP specification, as its own audit suite reads it. */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { System } from '../support/system.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ workers: 0 });
});

afterAll(async () => {
  await system?.stop();
});

describe('GraphQL over HTTP', () => {
  // The address is known only once the api runs; the list of audits does not depend on it.
  const audits = serverAudits({ url: () => `${system.url}/graphql` });
  for (const audit of audits) {
    it(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      // What a server MAY do it may also leave: a GET without a header that forms cannot send is refused.
      const accepted = audit.name.startsWith('MAY') ? ['ok', 'notice'] : ['ok'];
      expect(accepted, 'reason' in result ? result.reason : undefined).toContain(result.status);
    });
  }
});
