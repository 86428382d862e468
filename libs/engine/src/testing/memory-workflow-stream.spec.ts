import { workflowStreamSuite } from '../../testing/workflow-stream.suite.js';
import { MemoryWorkflowStream } from './memory-workflow-stream.js';

workflowStreamSuite(async () => {
  const writer = new MemoryWorkflowStream();
  return {
    writer,
    writerWith: (grants) => writer.granting(grants),
    entries: async (workflowId) => writer.entries(workflowId),
    expires: async (workflowId) => writer.expires(workflowId),
    lose: async (workflowId) => writer.lose(workflowId),
    close: async () => undefined,
  };
});
