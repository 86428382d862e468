/** Entry point of the worker process, with the bundled agents and any that were added to them. */
// Must come first: it fixes environment variables that the AI SDK reads on import.
import './environment.js';
import { installedAgents } from './agents/installed-agents.js';
import { startWorker } from './start-worker.js';

await startWorker(installedAgents);
