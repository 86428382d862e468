/**
 * The operations that a workflow session is fed with. Owns which fields travel; the mapping to the session's shapes is
 * next door.
 */
import { graphql } from '../__generated__/gql.js';

export const GraphNodeFragment = graphql(`
  fragment SessionGraphNode on GraphNode {
    id
    type
    label
    parameters
    position {
      x
      y
    }
  }
`);

export const WorkflowFragment = graphql(`
  fragment SessionWorkflow on Workflow {
    id
    title
    agent
    status
    cursor
    promptLock {
      reason
      message
    }
    messages {
      id
      role
      run {
        id
      }
      parts
      chunks
      complete
      createdAt
    }
    graph {
      revision
      nodes {
        ...SessionGraphNode
      }
      edges {
        id
        source
        target
        branch
      }
      issues {
        code
        severity
        message
        nodeId
        edgeId
        path
      }
    }
    latestRun {
      id
      status
      error {
        code
        message
        retryable
      }
    }
  }
`);

export const WorkflowDocument = graphql(`
  query SessionSnapshot($id: ID!) {
    workflow(id: $id) {
      ...SessionWorkflow
    }
  }
`);

export const WorkflowTitleDocument = graphql(`
  query WorkflowTitle($id: ID!) {
    workflow(id: $id) {
      id
      title
    }
  }
`);

export const WorkflowStreamDocument = graphql(`
  subscription SessionStream($workflowId: ID!, $cursor: Cursor) {
    workflowStream(workflowId: $workflowId, cursor: $cursor) {
      cursor
      caughtUp
      events {
        __typename
        ... on StreamSnapshot {
          reason
          workflow {
            ...SessionWorkflow
          }
        }
        ... on MessageChunks {
          messageId
          runId
          chunks
        }
        ... on StatusChanged {
          statusRunId: runId
          status
          runStatus
          promptLock {
            reason
            message
          }
          error {
            code
            message
            retryable
          }
          terminal
        }
        ... on StepChanged {
          step {
            id
            name
            kind
            status
            error {
              code
              message
              retryable
            }
            startedAt
            finishedAt
          }
        }
        ... on GraphPatched {
          revision
          upsertNodes {
            ...SessionGraphNode
          }
          removeNodeIds
          upsertEdges {
            id
            source
            target
            branch
          }
          removeEdgeIds
          issues {
            code
            severity
            message
            nodeId
            edgeId
            path
          }
        }
        ... on AttemptFailed {
          runId
          attempt
          message
          willRetry
          nextRetryAt
        }
      }
    }
  }
`);
