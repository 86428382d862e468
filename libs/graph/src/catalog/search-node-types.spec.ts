import { describe, expect, it } from 'vitest';
import { nodeCatalog } from './catalog.js';
import { searchNodeTypes } from './search-node-types.js';

describe('searchNodeTypes', () => {
  it.each([
    ['send mail', 'action.email'],
    ['telegram', 'action.telegram'],
    ['post to slack', 'action.slack'],
    ['loop over rows', 'logic.forEach'],
    ['refund', 'action.stripeRefund'],
    ['wait for approval', 'logic.approval'],
    ['if', 'logic.if'],
    ['translate to German', 'ai.translate'],
    ['text message to a phone', 'action.sms'],
    ['rss', 'trigger.feed'],
    ['on error', 'logic.errorHandler'],
    ['sql query', 'action.database'],
    ['summarize', 'ai.summarise'],
    ['logic.wait', 'logic.wait'],
  ])('answers "%s" with %s first', (query, type) => {
    expect(searchNodeTypes(query)[0]?.type).toBe(type);
  });

  it('finds every type by its exact name', () => {
    for (const { type } of nodeCatalog) expect(searchNodeTypes(type, 1)[0]?.type).toBe(type);
  });

  it('offers both chat services for Teams and Telegram, through the common kind', () => {
    const types = searchNodeTypes('teams', 5).map((entry) => entry.type);
    expect(types[0]).toBe('action.teams');
    expect(types).toContain('action.telegram');
  });

  it('keeps to the limit and gives the same order every time', () => {
    expect(searchNodeTypes('email', 2)).toHaveLength(2);
    expect(searchNodeTypes('email', 0)).toHaveLength(1);
    expect(searchNodeTypes('send a message')).toEqual(searchNodeTypes('send a message'));
  });

  it.each(['', '   ', '§$%', 'qqqqzzzz'])('answers "%s" with nothing', (query) => {
    expect(searchNodeTypes(query)).toEqual([]);
  });

  it('survives a query of a megabyte', () => {
    expect(searchNodeTypes('email '.repeat(200_000))[0]?.kind).toBe('email');
  });
});
