/** The worker as a process, with the agents that come with Holdfast and those that were added to them. */
import { installedAgents } from './agents/installed-agents.js';
import { startWorker } from './start-worker.js';

await startWorker(installedAgents);
