import { startServerRuns } from './server-runs.ts';
import { stepValuesSuite } from './step-values.suite.ts';

// Fewer values than in memory, in what stores them for real.
stepValuesSuite(startServerRuns, 20);
