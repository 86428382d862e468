/**
 * How many comparisons a document asks of validation. The specification wants fields with one response name compared with each
 * other, and fragments that are spread beside each other as well; both grow with the square of what repeats.
 */
import { type DocumentNode, type FieldNode, Kind, visit } from 'graphql';

/** A plain value without arguments is compared by its name alone. */
const PLAIN = 0.1;

/** An upper bound, from one walk over the text: what stands in a fragment counts once, as validation compares it once. */
export function comparisonsOf(document: DocumentNode): number {
  const names = new Map<string, { count: number; weight: number }>();
  let spreads = 0;
  visit(document, {
    [Kind.FIELD]: (node: FieldNode) => {
      const name = (node.alias ?? node.name).value;
      const group = names.get(name) ?? { count: 0, weight: 0 };
      group.count += 1;
      group.weight += weightOf(node);
      names.set(name, group);
    },
    [Kind.FRAGMENT_SPREAD]: () => {
      spreads += 1;
    },
  });
  let comparisons = pairs(spreads, spreads);
  for (const { count, weight } of names.values()) comparisons += pairs(count, weight);
  return comparisons;
}

function pairs(count: number, weight: number): number {
  return (Math.max(0, count - 1) * weight) / 2;
}

function weightOf(node: FieldNode): number {
  const others = (node.arguments?.length ?? 0) + (node.directives?.length ?? 0);
  return node.selectionSet || others > 0 ? 1 + others : PLAIN;
}
