/** Reads which fields an operation selects below the current one, so that a resolver can load their data up front. */
import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { ownValue } from '#libs/contracts';

type Selections = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/** Whether `path` (schema names, outermost first) is selected below the current field, also through fragments and aliases. */
export function selects(info: Selections, path: readonly string[]): boolean {
  let sets = info.fieldNodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  for (const [level, name] of path.entries()) {
    const found = fieldsOf(info.fragments, sets).filter((field) => field.name.value === name);
    if (found.length === 0) return false;
    if (level === path.length - 1) return true;
    sets = found.flatMap(({ selectionSet }) => selectionSet ?? []);
  }
  return info.fieldNodes.length > 0;
}

/** Whether one of `names` is selected on the nodes of the current connection field. */
export function selectsOfNodes(info: Selections, names: readonly string[]): boolean {
  return names.some((name) => selects(info, ['nodes', name]) || selects(info, ['edges', 'node', name]));
}

/** The fields of these selections. Each fragment is visited once, however often it is spread. */
function fieldsOf(fragments: GraphQLResolveInfo['fragments'], sets: readonly SelectionSetNode[]) {
  const visited = new Set<string>();
  const waiting = [...sets];
  const fields = [];
  for (let set = waiting.pop(); set !== undefined; set = waiting.pop()) {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) fields.push(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) waiting.push(selection.selectionSet);
      else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = ownValue(fragments, selection.name.value);
        if (fragment) waiting.push(fragment.selectionSet);
      }
    }
  }
  return fields;
}
