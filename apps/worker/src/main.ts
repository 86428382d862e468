/** The worker as a process, with the agents that come with Holdfast and those that were added to them. */
// First of all: it mends what the AI SDK reads as soon as it is imported.
import './environment.js';
import { installedAgents } from './agents/installed-agents.js';
import { startWorker } from './start-worker.js';

await startWorker(installedAgents);
