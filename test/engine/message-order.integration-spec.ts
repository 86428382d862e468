import { messageOrderSuite } from './message-order.suite.ts';
import { startServerRuns } from './server-runs.ts';

// Fewer programs than in memory, on what stores and streams them for real.
messageOrderSuite(startServerRuns, 5);
