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
    "query Account {\n  account {\n    email\n    role\n    isLocal\n    user {\n      id\n      name\n    }\n  }\n}\n\nquery Sessions {\n  account {\n    sessions {\n      id\n      current\n      createdAt\n      address\n      userAgent\n    }\n  }\n}\n\nmutation EndSessions($input: EndSessionsInput!) {\n  endSessions(input: $input) {\n    sessions {\n      id\n      current\n      createdAt\n      address\n      userAgent\n    }\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation InviteUser($input: InviteUserInput!) {\n  inviteUser(input: $input) {\n    url\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation CreatePasswordLink($input: CreatePasswordLinkInput!) {\n  createPasswordLink(input: $input) {\n    url\n    userErrors {\n      message\n    }\n  }\n}": typeof types.AccountDocument,
    "query WorkflowExport($id: ID!, $format: ExportFormat!) {\n  workflow(id: $id) {\n    id\n    export(format: $format) {\n      filename\n      mediaType\n      content\n      losses {\n        nodeId\n        path\n        message\n      }\n    }\n  }\n}": typeof types.WorkflowExportDocument,
    "subscription TitlesChanged {\n  workflowsChanged {\n    id\n    title\n  }\n}\n\nquery WorkflowTitle($id: ID!) {\n  workflow(id: $id) {\n    id\n    title\n  }\n}": typeof types.TitlesChangedDocument,
    "query NodeCatalog {\n  nodeCatalog {\n    type\n    category\n    title\n    description\n    docs\n    icon\n    parameters {\n      name\n      description\n    }\n  }\n}": typeof types.NodeCatalogDocument,
    "query QueuePlace($runId: ID!) {\n  run(id: $runId) {\n    id\n    queuePlace {\n      since\n      runsBefore\n      workersAlive\n    }\n  }\n}\n\nquery WakeTime($runId: ID!) {\n  run(id: $runId) {\n    id\n    wakeAt\n  }\n}": typeof types.QueuePlaceDocument,
    "query PastHook($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on Hook {\n      name\n      title\n      status\n      schema\n      payload\n      expiresAt\n      resolvedAt\n      resolvedBy {\n        id\n        name\n      }\n    }\n  }\n}": typeof types.PastHookDocument,
    "query ServerInfo {\n  serverInfo {\n    simulated\n    model\n    agents\n  }\n}\n\nquery Viewer {\n  viewer {\n    id\n  }\n}": typeof types.ServerInfoDocument,
    "subscription WorkflowsChanged {\n  workflowsChanged {\n    id\n    ...WorkflowListItem\n  }\n}\n\nsubscription WorkflowDeleted {\n  workflowDeleted\n}": typeof types.WorkflowsChangedDocument,
    "fragment WorkflowListItem on Workflow {\n  id\n  title\n  agent\n  status\n  updatedAt\n  latestRun {\n    id\n    status\n  }\n  graph {\n    nodes {\n      id\n    }\n  }\n}": typeof types.WorkflowListItemFragmentDoc,
    "query Workflows($first: Int!, $after: String) {\n  workflows(first: $first, after: $after) {\n    nodes {\n      id\n      ...WorkflowListItem\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": typeof types.WorkflowsDocument,
};
const documents: Documents = {
    "query Account {\n  account {\n    email\n    role\n    isLocal\n    user {\n      id\n      name\n    }\n  }\n}\n\nquery Sessions {\n  account {\n    sessions {\n      id\n      current\n      createdAt\n      address\n      userAgent\n    }\n  }\n}\n\nmutation EndSessions($input: EndSessionsInput!) {\n  endSessions(input: $input) {\n    sessions {\n      id\n      current\n      createdAt\n      address\n      userAgent\n    }\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation InviteUser($input: InviteUserInput!) {\n  inviteUser(input: $input) {\n    url\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation CreatePasswordLink($input: CreatePasswordLinkInput!) {\n  createPasswordLink(input: $input) {\n    url\n    userErrors {\n      message\n    }\n  }\n}": types.AccountDocument,
    "query WorkflowExport($id: ID!, $format: ExportFormat!) {\n  workflow(id: $id) {\n    id\n    export(format: $format) {\n      filename\n      mediaType\n      content\n      losses {\n        nodeId\n        path\n        message\n      }\n    }\n  }\n}": types.WorkflowExportDocument,
    "subscription TitlesChanged {\n  workflowsChanged {\n    id\n    title\n  }\n}\n\nquery WorkflowTitle($id: ID!) {\n  workflow(id: $id) {\n    id\n    title\n  }\n}": types.TitlesChangedDocument,
    "query NodeCatalog {\n  nodeCatalog {\n    type\n    category\n    title\n    description\n    docs\n    icon\n    parameters {\n      name\n      description\n    }\n  }\n}": types.NodeCatalogDocument,
    "query QueuePlace($runId: ID!) {\n  run(id: $runId) {\n    id\n    queuePlace {\n      since\n      runsBefore\n      workersAlive\n    }\n  }\n}\n\nquery WakeTime($runId: ID!) {\n  run(id: $runId) {\n    id\n    wakeAt\n  }\n}": types.QueuePlaceDocument,
    "query PastHook($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on Hook {\n      name\n      title\n      status\n      schema\n      payload\n      expiresAt\n      resolvedAt\n      resolvedBy {\n        id\n        name\n      }\n    }\n  }\n}": types.PastHookDocument,
    "query ServerInfo {\n  serverInfo {\n    simulated\n    model\n    agents\n  }\n}\n\nquery Viewer {\n  viewer {\n    id\n  }\n}": types.ServerInfoDocument,
    "subscription WorkflowsChanged {\n  workflowsChanged {\n    id\n    ...WorkflowListItem\n  }\n}\n\nsubscription WorkflowDeleted {\n  workflowDeleted\n}": types.WorkflowsChangedDocument,
    "fragment WorkflowListItem on Workflow {\n  id\n  title\n  agent\n  status\n  updatedAt\n  latestRun {\n    id\n    status\n  }\n  graph {\n    nodes {\n      id\n    }\n  }\n}": types.WorkflowListItemFragmentDoc,
    "query Workflows($first: Int!, $after: String) {\n  workflows(first: $first, after: $after) {\n    nodes {\n      id\n      ...WorkflowListItem\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": types.WorkflowsDocument,
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
export function graphql(source: "query Account {\n  account {\n    email\n    role\n    isLocal\n    user {\n      id\n      name\n    }\n  }\n}\n\nquery Sessions {\n  account {\n    sessions {\n      id\n      current\n      createdAt\n      address\n      userAgent\n    }\n  }\n}\n\nmutation EndSessions($input: EndSessionsInput!) {\n  endSessions(input: $input) {\n    sessions {\n      id\n      current\n      createdAt\n      address\n      userAgent\n    }\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation InviteUser($input: InviteUserInput!) {\n  inviteUser(input: $input) {\n    url\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation CreatePasswordLink($input: CreatePasswordLinkInput!) {\n  createPasswordLink(input: $input) {\n    url\n    userErrors {\n      message\n    }\n  }\n}"): (typeof documents)["query Account {\n  account {\n    email\n    role\n    isLocal\n    user {\n      id\n      name\n    }\n  }\n}\n\nquery Sessions {\n  account {\n    sessions {\n      id\n      current\n      createdAt\n      address\n      userAgent\n    }\n  }\n}\n\nmutation EndSessions($input: EndSessionsInput!) {\n  endSessions(input: $input) {\n    sessions {\n      id\n      current\n      createdAt\n      address\n      userAgent\n    }\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation InviteUser($input: InviteUserInput!) {\n  inviteUser(input: $input) {\n    url\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation CreatePasswordLink($input: CreatePasswordLinkInput!) {\n  createPasswordLink(input: $input) {\n    url\n    userErrors {\n      message\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query WorkflowExport($id: ID!, $format: ExportFormat!) {\n  workflow(id: $id) {\n    id\n    export(format: $format) {\n      filename\n      mediaType\n      content\n      losses {\n        nodeId\n        path\n        message\n      }\n    }\n  }\n}"): (typeof documents)["query WorkflowExport($id: ID!, $format: ExportFormat!) {\n  workflow(id: $id) {\n    id\n    export(format: $format) {\n      filename\n      mediaType\n      content\n      losses {\n        nodeId\n        path\n        message\n      }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription TitlesChanged {\n  workflowsChanged {\n    id\n    title\n  }\n}\n\nquery WorkflowTitle($id: ID!) {\n  workflow(id: $id) {\n    id\n    title\n  }\n}"): (typeof documents)["subscription TitlesChanged {\n  workflowsChanged {\n    id\n    title\n  }\n}\n\nquery WorkflowTitle($id: ID!) {\n  workflow(id: $id) {\n    id\n    title\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query NodeCatalog {\n  nodeCatalog {\n    type\n    category\n    title\n    description\n    docs\n    icon\n    parameters {\n      name\n      description\n    }\n  }\n}"): (typeof documents)["query NodeCatalog {\n  nodeCatalog {\n    type\n    category\n    title\n    description\n    docs\n    icon\n    parameters {\n      name\n      description\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query QueuePlace($runId: ID!) {\n  run(id: $runId) {\n    id\n    queuePlace {\n      since\n      runsBefore\n      workersAlive\n    }\n  }\n}\n\nquery WakeTime($runId: ID!) {\n  run(id: $runId) {\n    id\n    wakeAt\n  }\n}"): (typeof documents)["query QueuePlace($runId: ID!) {\n  run(id: $runId) {\n    id\n    queuePlace {\n      since\n      runsBefore\n      workersAlive\n    }\n  }\n}\n\nquery WakeTime($runId: ID!) {\n  run(id: $runId) {\n    id\n    wakeAt\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query PastHook($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on Hook {\n      name\n      title\n      status\n      schema\n      payload\n      expiresAt\n      resolvedAt\n      resolvedBy {\n        id\n        name\n      }\n    }\n  }\n}"): (typeof documents)["query PastHook($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on Hook {\n      name\n      title\n      status\n      schema\n      payload\n      expiresAt\n      resolvedAt\n      resolvedBy {\n        id\n        name\n      }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ServerInfo {\n  serverInfo {\n    simulated\n    model\n    agents\n  }\n}\n\nquery Viewer {\n  viewer {\n    id\n  }\n}"): (typeof documents)["query ServerInfo {\n  serverInfo {\n    simulated\n    model\n    agents\n  }\n}\n\nquery Viewer {\n  viewer {\n    id\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription WorkflowsChanged {\n  workflowsChanged {\n    id\n    ...WorkflowListItem\n  }\n}\n\nsubscription WorkflowDeleted {\n  workflowDeleted\n}"): (typeof documents)["subscription WorkflowsChanged {\n  workflowsChanged {\n    id\n    ...WorkflowListItem\n  }\n}\n\nsubscription WorkflowDeleted {\n  workflowDeleted\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment WorkflowListItem on Workflow {\n  id\n  title\n  agent\n  status\n  updatedAt\n  latestRun {\n    id\n    status\n  }\n  graph {\n    nodes {\n      id\n    }\n  }\n}"): (typeof documents)["fragment WorkflowListItem on Workflow {\n  id\n  title\n  agent\n  status\n  updatedAt\n  latestRun {\n    id\n    status\n  }\n  graph {\n    nodes {\n      id\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Workflows($first: Int!, $after: String) {\n  workflows(first: $first, after: $after) {\n    nodes {\n      id\n      ...WorkflowListItem\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}"): (typeof documents)["query Workflows($first: Int!, $after: String) {\n  workflows(first: $first, after: $after) {\n    nodes {\n      id\n      ...WorkflowListItem\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;