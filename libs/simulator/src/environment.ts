/**
 * The only place of the simulator that reads `process.env`.
 */
import { z } from 'zod';

const schema = z.object({
  HOLDFAST_SIMULATOR_HOST: z.string().min(1).default('127.0.0.1'),
  HOLDFAST_SIMULATOR_NAMES: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((name) => name.trim().toLowerCase())
        .filter((name) => name !== ''),
    ),
  HOLDFAST_SIMULATOR_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  HOLDFAST_SIMULATOR_TOKENS_PER_SECOND: z.coerce.number().min(0).max(1_000_000).default(60),
  HOLDFAST_SIMULATOR_SEED: z.string().min(1).default('holdfast'),
  HOLDFAST_SIMULATOR_CHECK_IN_SECONDS: z.coerce.number().min(0).max(31_536_000).default(60),
  HOLDFAST_SIMULATOR_LOG: z.string().min(1).optional(),
});

interface SimulatorEnvironment {
  host: string;
  names: readonly string[];
  port: number;
  tokensPerSecond: number;
  seed: string;
  checkInAfterSeconds: number;
  logFile: string | undefined;
}

/**
 * The settings; empty variables count as absent.
 *
 * @throws Error with one line per invalid variable.
 */
export function readSimulatorEnvironment(variables: NodeJS.ProcessEnv = process.env): SimulatorEnvironment {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) {
    throw new Error(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  }
  return {
    host: result.data.HOLDFAST_SIMULATOR_HOST,
    names: result.data.HOLDFAST_SIMULATOR_NAMES,
    port: result.data.HOLDFAST_SIMULATOR_PORT,
    tokensPerSecond: result.data.HOLDFAST_SIMULATOR_TOKENS_PER_SECOND,
    seed: result.data.HOLDFAST_SIMULATOR_SEED,
    checkInAfterSeconds: result.data.HOLDFAST_SIMULATOR_CHECK_IN_SECONDS,
    logFile: result.data.HOLDFAST_SIMULATOR_LOG,
  };
}
