/** Health of the worker in its container, which listens on no port: it touches a file while it takes jobs. Changes nothing. */
import { statSync } from 'node:fs';

const MAX_AGE_MS = 30_000;

const age = Date.now() - (statSync(process.env.HOLDFAST_HEALTH_FILE, { throwIfNoEntry: false })?.mtimeMs ?? 0);
if (age > MAX_AGE_MS) console.error('The worker has not said for a while that it takes jobs.');
process.exit(age > MAX_AGE_MS ? 1 : 0);
