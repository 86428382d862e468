import { messageOrderSuite } from './message-order.suite.ts';
import { memoryRuns } from './probe-runs.ts';

messageOrderSuite(async () => memoryRuns(), 30);
