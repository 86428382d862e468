import { describe, expect, it } from 'vitest';
import { readSimulatorEnvironment } from './environment.js';

describe('the environment of the simulator', () => {
  it('has defaults for everything, also for empty variables', () => {
    expect(readSimulatorEnvironment({ HOLDFAST_SIMULATOR_PORT: '', HOLDFAST_SIMULATOR_LOG: '' })).toEqual({
      host: '127.0.0.1',
      names: [],
      port: 0,
      tokensPerSecond: 60,
      seed: 'holdfast',
      checkInAfterSeconds: 60,
      logFile: undefined,
    });
  });

  it('takes the names that others use', () => {
    const { names } = readSimulatorEnvironment({ HOLDFAST_SIMULATOR_NAMES: 'Simulator:4010, other:1' });
    expect(names).toEqual(['simulator:4010', 'other:1']);
  });

  it('names the variable that does not fit', () => {
    expect(() => readSimulatorEnvironment({ HOLDFAST_SIMULATOR_PORT: 'many' })).toThrow(/HOLDFAST_SIMULATOR_PORT/);
  });
});
