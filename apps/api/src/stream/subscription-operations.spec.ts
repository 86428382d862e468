import { buildSchema, GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { localViewer } from '../auth/viewer-authentication.service.js';
import { OperationBudget } from '../graphql/operation-budget.js';
import { prepareSubscription } from './subscription-operations.js';

const schema = buildSchema(`
  type Query { me: Item }
  type Item { item: Item id: ID }
  type Subscription { items: Item }
`);
const context = { viewer: localViewer, requestId: 'req-1', budget: new OperationBudget() };

function prepare(query: string, introspection = true) {
  return prepareSubscription(schema, { introspection }, { query }, context);
}

function refusal(query: string, introspection = true): string {
  const result = prepare(query, introspection);
  return Array.isArray(result) ? (result as GraphQLError[]).map((error) => error.message).join() : 'accepted';
}

describe('operations over WebSocket', () => {
  it('accepts a subscription and gives it its context', () => {
    expect(prepare('subscription { items { id } }')).toMatchObject({ contextValue: context });
  });

  it('refuses queries and mutations', () => {
    expect(refusal('{ me { id } }')).toMatch(/Only subscriptions/);
  });

  it('refuses what does not parse, is not valid, or names no operation', () => {
    expect(refusal('{')).toMatch(/Syntax Error/);
    expect(refusal('subscription { nothing }')).toMatch(/Cannot query field/);
    expect(refusal('fragment A on Query { me { id } }')).not.toBe('accepted');
  });

  it('refuses depth, tokens and switched-off introspection as HTTP does', () => {
    expect(refusal(`subscription { items { ${'item { '.repeat(20)} id ${'}'.repeat(20)} } }`)).toMatch(/levels deep/);
    expect(refusal(`subscription { items { ${'id '.repeat(3_000)} } }`)).toMatch(/tokens/);
    expect(refusal('{ __schema { types { name } } }', false)).toMatch(/introspection/i);
  });

  it('refuses again what it refused before', () => {
    expect(refusal('subscription { nothing }')).toBe(refusal('subscription { nothing }'));
  });
});
