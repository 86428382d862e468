import { describe, expect, it } from 'vitest';
import { readSimulatorEnvironment } from './environment.js';

describe('the environment of the simulator', () => {
  it('has defaults for everything, also for empty variables', () => {
    expect(readSimulatorEnvironment({ HOLDFAST_SIMULATOR_PORT: '', HOLDFAST_SIMULATOR_LOG: '' })).toEqual({
      host: '127.0.0.1',
      port: 0,
      tokensPerSecond: 60,
      seed: 'holdfast',
      checkInAfterSeconds: 60,
      logFile: undefined,
    });
  });

  it('names the variable that does not fit', () => {
    expect(() => readSimulatorEnvironment({ HOLDFAST_SIMULATOR_PORT: 'many' })).toThrow(/HOLDFAST_SIMULATOR_PORT/);
  });
});
