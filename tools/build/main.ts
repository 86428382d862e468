/** `npm run build`: builds everything from scratch into dist/; with `--changed`, only what has changed. */
import { printFailure, step } from '../progress.mjs';
import { build } from './build.ts';

try {
  await step('Build', (tell) => build(tell, !process.argv.includes('--changed')));
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
}
