/** The simulator as a separate process. Prints one line when it listens, and sends `ready` to its parent. */
import { readSimulatorEnvironment } from './environment.js';
import { startSimulator } from './simulator.js';

async function main(): Promise<void> {
  const environment = readSimulatorEnvironment();
  const simulator = await startSimulator(environment);
  const pace = environment.tokensPerSecond === 0 ? 'at full speed' : `${environment.tokensPerSecond} tokens a second`;
  console.log(`Model simulator (rules, NOT a language model) listening on ${simulator.baseUrl}, ${pace}.`);
  const stop = () => {
    void simulator.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.once('disconnect', stop);
  process.send?.('ready');
}

main().catch((error: unknown) => {
  console.error(`The model simulator could not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
  process.disconnect?.();
});
