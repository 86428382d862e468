/**
 * Reads what an operation asks for below the field that is being resolved, so that a resolver can fetch it at once.
 */
import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/** Whether `path` (schema names, outermost first) is selected below the current field, through fragments and aliases. */
export function selects(info: GraphQLResolveInfo, path: readonly string[]): boolean {
  return info.fieldNodes.some((node) => fieldSelects(info, node, path));
}

function fieldSelects(info: GraphQLResolveInfo, node: FieldNode, path: readonly string[]): boolean {
  return path.length === 0 || (node.selectionSet !== undefined && setSelects(info, node.selectionSet, path));
}

function setSelects(info: GraphQLResolveInfo, set: SelectionSetNode, path: readonly string[]): boolean {
  return set.selections.some((selection) => {
    switch (selection.kind) {
      case Kind.FIELD:
        return selection.name.value === path[0] && fieldSelects(info, selection, path.slice(1));
      case Kind.INLINE_FRAGMENT:
        return setSelects(info, selection.selectionSet, path);
      case Kind.FRAGMENT_SPREAD: {
        const fragment = info.fragments[selection.name.value];
        return fragment !== undefined && setSelects(info, fragment.selectionSet, path);
      }
      default:
        return false;
    }
  });
}
