/**
 * What an operation may look like: size, depth, cost, aliases, introspection. One list of rules for HTTP and WebSocket,
 * so that neither path allows what the other refuses.
 */
import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { GraphQLError, NoSchemaIntrospectionCustomRule, type ValidationContext, type ValidationRule } from 'graphql';

import { pageRule } from './page-rule.js';

/** Marks errors of these rules among all validation errors. */
export const LIMIT_EXTENSION = 'limitExceeded';

export const operationLimits = {
  /** Lexical tokens of a document. The introspection query of an IDE has about 500. */
  tokens: 2_000,
  /** Levels of fields; fragments add none. */
  depth: 14,
  aliases: 30,
  /** Fields, weighted by depth and multiplied by literal page sizes. A whole workflow costs about 600. */
  cost: 20_000,
  depthCostFactor: 1.3,
} as const;

/** The rules report like any other rule instead of throwing, and mark what they report. */
function limitOptions() {
  return {
    propagateOnRejection: false,
    exposeLimits: true,
    onReject: [
      (context: ValidationContext | null, error: GraphQLError): void => {
        const message = error.message.replace(/^Syntax Error: /, '').replace(/(\d)\.\d+\.$/, '$1.');
        context?.reportError(new GraphQLError(message, { extensions: { [LIMIT_EXTENSION]: true } }));
      },
    ],
  };
}

/** Rules in addition to those of the GraphQL specification. */
export function operationRules(options: { introspection: boolean }): ValidationRule[] {
  const rules: unknown[] = [
    maxDepthRule({ n: operationLimits.depth, flattenFragments: true, ...limitOptions() }),
    maxAliasesRule({ n: operationLimits.aliases, ...limitOptions() }),
    pageRule({ [LIMIT_EXTENSION]: true }),
    costLimitRule({
      maxCost: operationLimits.cost,
      depthCostFactor: operationLimits.depthCostFactor,
      flattenFragments: true,
      ...limitOptions(),
    }),
  ];
  if (!options.introspection) rules.push(NoSchemaIntrospectionCustomRule);
  // The packages type their rules as visitor classes; graphql-js takes any object with visitor methods.
  return rules as ValidationRule[];
}
