import { memoryRuns } from './probe-runs.ts';
import { stepValuesSuite } from './step-values.suite.ts';

stepValuesSuite(async () => memoryRuns(), 40);
