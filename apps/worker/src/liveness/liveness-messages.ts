/** The messages between a worker and its liveness thread. */
import type { WorkerId } from '#libs/contracts';
import type { RedisEndpoint } from '#libs/stream';

export interface LivenessSettings {
  databaseUrl: string;
  redis: RedisEndpoint;
  prefix: string;
  leaseMs: number;
  /** A counter that rises as long as the worker's event loop turns. */
  signsOfLife: SharedArrayBuffer;
}

export type LivenessMessage =
  /** The id under which the worker is alive from now on. */
  | { type: 'alive'; worker: WorkerId }
  /** Another worker has died, and this one was the first to record it: the dead worker's runs must be taken over. */
  | { type: 'peer-died'; peer: WorkerId }
  | { type: 'trouble'; message: string };
