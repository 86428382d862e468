/**
 * Starts the worker in this process with the agents it is given: reads settings, handles signals, and prints one sentence
 * when it cannot start.
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import { timings } from '#libs/engine';
import type { AgentFactory } from './agents/agents.module.js';
import { EnvironmentError, readEnvironment } from './environment.js';
import { WorkerModule } from './worker.module.js';

/** Resolves when the worker is ready; a worker that cannot start ends the process with exit code 1. */
export async function startWorker(agents: readonly AgentFactory[]): Promise<void> {
  try {
    await start(agents);
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exit(1);
  }
}

async function start(agents: readonly AgentFactory[]): Promise<void> {
  // Otherwise warnings of the AI SDK go to the console; those that matter are part of a run's history.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const environment = readEnvironment();
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(environment, agents), {
    bufferLogs: true,
    // Otherwise Nest would end the process itself, before the sentence is printed.
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  endInAnyCase();
  await app.init();
  const { concurrency, modelName, simulated } = environment;
  app.get(Logger).log({ msg: 'worker ready', concurrency, model: modelName });
  if (simulated) {
    app.get(Logger).warn('Answers come from the built-in simulator, not from a model. Set OPENAI_API_KEY to use one.');
  }
  process.send?.('ready');
}

/** One clear sentence instead of a stack trace. */
function reasonOf(error: unknown): string {
  if (error instanceof EnvironmentError) return `The worker's settings do not fit:\n${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** A connection that cannot be closed must not keep the process alive after a shutdown request. */
function endInAnyCase(): void {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => setTimeout(() => process.exit(1), 2 * timings.shutdownMs).unref());
  }
}
