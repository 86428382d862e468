/**
 * Things that are done with each of several records, for which a few words stand for several steps.
 */
import type { Draft } from './draft.js';
import { readDuration } from './quantities.js';

/** Finds the customers that a reminder is about; returns the expression of the list. */
export function drawRecordSearch(draft: Draft, clause: string): string {
  const ahead = readDuration(clause) ?? '3d';
  const trial = /trial|testphase|essai/iu.test(clause);
  const node = draft.add(
    'findCustomers',
    'action.crm',
    trial ? 'Find customers whose trial ends soon' : 'Find the customers',
    {
      operation: 'find',
      record: 'contact',
      fields: { [trial ? 'trialEndsOn' : 'dueOn']: `{{ formatDate(addDuration(now, "${ahead}"), "yyyy-MM-dd") }}` },
    },
  );
  return `nodes.${node.id}.records`;
}

/** Inside a loop over pages: the price now, the price before, and by how much it fell. */
export function drawPriceCheck(draft: Draft): void {
  const page = draft.add('fetchPage', 'action.http', 'Fetch the page', { method: 'GET', url: '{{ item.url }}' });
  const price = draft.add('readPrice', 'ai.extract', 'Read product and price', {
    input: `{{ nodes.${page.id}.body }}`,
    fields: [
      { name: 'product', type: 'text' },
      { name: 'price', type: 'number' },
    ],
  });
  const before = draft.add('priceBefore', 'action.database', 'Look up the last price', {
    operation: 'query',
    statement: 'select price from prices where url = $1 order by seen_at desc limit 1',
    values: ['{{ item.url }}'],
  });
  draft.add('rememberPrice', 'action.database', 'Remember the new price', {
    operation: 'insert',
    table: 'prices',
    values: { url: '{{ item.url }}', price: `{{ nodes.${price.id}.price }}`, seen_at: '{{ now }}' },
  });
  const drop = draft.add('priceDrop', 'action.transform', 'Work out the change', {
    output: {
      dropPercent: `{{ round((1 - nodes.${price.id}.price / coalesce(first(nodes.${before.id}.rows).price, nodes.${price.id}.price)) * 100, 1) }}`,
    },
  });
  draft.facts.setField('dropPercent', `nodes.${drop.id}.dropPercent`);
  draft.facts.headline = `{{ nodes.${price.id}.product }} is now {{ nodes.${price.id}.price }} ({{ nodes.${drop.id}.dropPercent }} % less): {{ item.url }}`;
  draft.facts.text = draft.facts.headline;
  draft.facts.written = false;
}
