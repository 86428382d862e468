/** What the thread that keeps a worker alive is given, and what it tells. */
import type { WorkerId } from '#libs/contracts';
import type { RedisEndpoint } from '#libs/stream';

export interface LivenessSettings {
  databaseUrl: string;
  redis: RedisEndpoint;
  prefix: string;
  leaseMs: number;
  /** One counter, which rises as long as the event loop of the worker turns. */
  signsOfLife: SharedArrayBuffer;
}

export type LivenessMessage =
  /** The name under which the worker is alive from now on. */
  | { type: 'alive'; worker: WorkerId }
  /** Another worker has died, and this one was the first to say so: what it held is to be taken over. */
  | { type: 'peer-died'; peer: WorkerId }
  | { type: 'trouble'; message: string };
