/**
 * `npm run test:faults`: the fault suites alone, in their usual size, or with `--long` in the size that proves the promises of
 * docs/reliability.md. Everything else goes to Vitest. Plain JavaScript, as it starts before the pinned Node is installed.
 */
import { spawn } from 'node:child_process';

const { FAULTS_LONG: _, ...env } = process.env;
const rest = process.argv.slice(2).filter((argument) => argument !== '--long');
if (process.argv.includes('--long')) env.FAULTS_LONG = 'true';

const selected = rest.some((argument) => !argument.startsWith('-')) ? [] : ['test/faults'];
const child = spawn(process.execPath, ['tools/bootstrap.mjs', 'test', ...selected, ...rest], { env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
