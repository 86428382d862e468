/* eslint-disable */
import * as types from './graphql.js';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  subscription TitlesChanged {\n    workflowsChanged {\n      id\n      title\n    }\n  }\n": typeof types.TitlesChangedDocument,
    "\n  query WorkflowTitle($id: ID!) {\n    workflow(id: $id) {\n      id\n      title\n    }\n  }\n": typeof types.WorkflowTitleDocument,
    "\n  query NodeCatalog {\n    nodeCatalog {\n      type\n      category\n      title\n      description\n      docs\n      icon\n      parameters {\n        name\n        description\n      }\n    }\n  }\n": typeof types.NodeCatalogDocument,
    "\n  query QueuePlace($runId: ID!) {\n    run(id: $runId) {\n      id\n      queuePlace {\n        since\n        runsBefore\n        workersAlive\n      }\n    }\n  }\n": typeof types.QueuePlaceDocument,
    "\n  query WakeTime($runId: ID!) {\n    run(id: $runId) {\n      id\n      wakeAt\n    }\n  }\n": typeof types.WakeTimeDocument,
    "\n  query PastHook($id: ID!) {\n    node(id: $id) {\n      __typename\n      id\n      ... on Hook {\n        name\n        title\n        status\n        schema\n        payload\n        expiresAt\n        resolvedAt\n        resolvedBy {\n          id\n          name\n        }\n      }\n    }\n  }\n": typeof types.PastHookDocument,
    "\n  query Title($id: ID!) {\n    workflow(id: $id) {\n      id\n      title\n    }\n  }\n": typeof types.TitleDocument,
    "\n  query ServerInfo {\n    serverInfo {\n      simulated\n      model\n      agents\n    }\n  }\n": typeof types.ServerInfoDocument,
    "\n  query Viewer {\n    viewer {\n      id\n    }\n  }\n": typeof types.ViewerDocument,
    "\n  subscription WorkflowsChanged {\n    workflowsChanged {\n      id\n      ...WorkflowListItem\n    }\n  }\n": typeof types.WorkflowsChangedDocument,
    "\n  subscription WorkflowDeleted {\n    workflowDeleted\n  }\n": typeof types.WorkflowDeletedDocument,
    "\n  fragment WorkflowListItem on Workflow {\n    id\n    title\n    agent\n    status\n    updatedAt\n    latestRun {\n      id\n      status\n    }\n    graph {\n      nodes {\n        id\n      }\n    }\n  }\n": typeof types.WorkflowListItemFragmentDoc,
    "\n  query Workflows($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) {\n      nodes {\n        id\n        ...WorkflowListItem\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.WorkflowsDocument,
};
const documents: Documents = {
    "\n  subscription TitlesChanged {\n    workflowsChanged {\n      id\n      title\n    }\n  }\n": types.TitlesChangedDocument,
    "\n  query WorkflowTitle($id: ID!) {\n    workflow(id: $id) {\n      id\n      title\n    }\n  }\n": types.WorkflowTitleDocument,
    "\n  query NodeCatalog {\n    nodeCatalog {\n      type\n      category\n      title\n      description\n      docs\n      icon\n      parameters {\n        name\n        description\n      }\n    }\n  }\n": types.NodeCatalogDocument,
    "\n  query QueuePlace($runId: ID!) {\n    run(id: $runId) {\n      id\n      queuePlace {\n        since\n        runsBefore\n        workersAlive\n      }\n    }\n  }\n": types.QueuePlaceDocument,
    "\n  query WakeTime($runId: ID!) {\n    run(id: $runId) {\n      id\n      wakeAt\n    }\n  }\n": types.WakeTimeDocument,
    "\n  query PastHook($id: ID!) {\n    node(id: $id) {\n      __typename\n      id\n      ... on Hook {\n        name\n        title\n        status\n        schema\n        payload\n        expiresAt\n        resolvedAt\n        resolvedBy {\n          id\n          name\n        }\n      }\n    }\n  }\n": types.PastHookDocument,
    "\n  query Title($id: ID!) {\n    workflow(id: $id) {\n      id\n      title\n    }\n  }\n": types.TitleDocument,
    "\n  query ServerInfo {\n    serverInfo {\n      simulated\n      model\n      agents\n    }\n  }\n": types.ServerInfoDocument,
    "\n  query Viewer {\n    viewer {\n      id\n    }\n  }\n": types.ViewerDocument,
    "\n  subscription WorkflowsChanged {\n    workflowsChanged {\n      id\n      ...WorkflowListItem\n    }\n  }\n": types.WorkflowsChangedDocument,
    "\n  subscription WorkflowDeleted {\n    workflowDeleted\n  }\n": types.WorkflowDeletedDocument,
    "\n  fragment WorkflowListItem on Workflow {\n    id\n    title\n    agent\n    status\n    updatedAt\n    latestRun {\n      id\n      status\n    }\n    graph {\n      nodes {\n        id\n      }\n    }\n  }\n": types.WorkflowListItemFragmentDoc,
    "\n  query Workflows($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) {\n      nodes {\n        id\n        ...WorkflowListItem\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.WorkflowsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription TitlesChanged {\n    workflowsChanged {\n      id\n      title\n    }\n  }\n"): (typeof documents)["\n  subscription TitlesChanged {\n    workflowsChanged {\n      id\n      title\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WorkflowTitle($id: ID!) {\n    workflow(id: $id) {\n      id\n      title\n    }\n  }\n"): (typeof documents)["\n  query WorkflowTitle($id: ID!) {\n    workflow(id: $id) {\n      id\n      title\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query NodeCatalog {\n    nodeCatalog {\n      type\n      category\n      title\n      description\n      docs\n      icon\n      parameters {\n        name\n        description\n      }\n    }\n  }\n"): (typeof documents)["\n  query NodeCatalog {\n    nodeCatalog {\n      type\n      category\n      title\n      description\n      docs\n      icon\n      parameters {\n        name\n        description\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query QueuePlace($runId: ID!) {\n    run(id: $runId) {\n      id\n      queuePlace {\n        since\n        runsBefore\n        workersAlive\n      }\n    }\n  }\n"): (typeof documents)["\n  query QueuePlace($runId: ID!) {\n    run(id: $runId) {\n      id\n      queuePlace {\n        since\n        runsBefore\n        workersAlive\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WakeTime($runId: ID!) {\n    run(id: $runId) {\n      id\n      wakeAt\n    }\n  }\n"): (typeof documents)["\n  query WakeTime($runId: ID!) {\n    run(id: $runId) {\n      id\n      wakeAt\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PastHook($id: ID!) {\n    node(id: $id) {\n      __typename\n      id\n      ... on Hook {\n        name\n        title\n        status\n        schema\n        payload\n        expiresAt\n        resolvedAt\n        resolvedBy {\n          id\n          name\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query PastHook($id: ID!) {\n    node(id: $id) {\n      __typename\n      id\n      ... on Hook {\n        name\n        title\n        status\n        schema\n        payload\n        expiresAt\n        resolvedAt\n        resolvedBy {\n          id\n          name\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Title($id: ID!) {\n    workflow(id: $id) {\n      id\n      title\n    }\n  }\n"): (typeof documents)["\n  query Title($id: ID!) {\n    workflow(id: $id) {\n      id\n      title\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ServerInfo {\n    serverInfo {\n      simulated\n      model\n      agents\n    }\n  }\n"): (typeof documents)["\n  query ServerInfo {\n    serverInfo {\n      simulated\n      model\n      agents\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Viewer {\n    viewer {\n      id\n    }\n  }\n"): (typeof documents)["\n  query Viewer {\n    viewer {\n      id\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription WorkflowsChanged {\n    workflowsChanged {\n      id\n      ...WorkflowListItem\n    }\n  }\n"): (typeof documents)["\n  subscription WorkflowsChanged {\n    workflowsChanged {\n      id\n      ...WorkflowListItem\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription WorkflowDeleted {\n    workflowDeleted\n  }\n"): (typeof documents)["\n  subscription WorkflowDeleted {\n    workflowDeleted\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment WorkflowListItem on Workflow {\n    id\n    title\n    agent\n    status\n    updatedAt\n    latestRun {\n      id\n      status\n    }\n    graph {\n      nodes {\n        id\n      }\n    }\n  }\n"): (typeof documents)["\n  fragment WorkflowListItem on Workflow {\n    id\n    title\n    agent\n    status\n    updatedAt\n    latestRun {\n      id\n      status\n    }\n    graph {\n      nodes {\n        id\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Workflows($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) {\n      nodes {\n        id\n        ...WorkflowListItem\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query Workflows($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) {\n      nodes {\n        id\n        ...WorkflowListItem\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;