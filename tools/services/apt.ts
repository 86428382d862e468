/** Finds programs on PATH, and installs missing ones where no confirmation is needed: with apt, as root. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Advice } from '../progress.mjs';

/** The full path of the first of these programs found on PATH. */
export function findProgram(...names: string[]): string | undefined {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const candidate = join(folder, name);
      if (folder && isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

/**
 * The path of a program that Debian packages under its own name; installs the package if it is missing and that is possible.
 * Throws `advice` otherwise.
 */
export async function ensureProgram(
  name: string,
  find: () => string | undefined,
  advice: string,
  tell: (note: string) => void,
): Promise<string> {
  let program = find();
  if (!program && canInstallWithApt()) {
    await installWithApt(name, tell);
    program = find();
  }
  if (!program) throw new Advice(advice);
  tell(program);
  return program;
}

/** Whether `installWithApt` can work: Debian or a derivative, running as root. */
export function canInstallWithApt(): boolean {
  return process.getuid?.() === 0 && findProgram('apt-get') !== undefined;
}

/** Installs a Debian package. Rejects with advice that contains the end of apt's output. */
export async function installWithApt(packageName: string, tell: (note: string) => void): Promise<void> {
  tell('apt-get update');
  await apt(['update'], packageName);
  tell(`apt-get install ${packageName}`);
  await apt(['install', '-y', '--no-install-recommends', packageName], packageName);
}

async function apt(args: string[], packageName: string): Promise<void> {
  // The installation must not start the Debian service: this project runs its own copy on its own port.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    await promisify(execFile)('apt-get', ['-q', ...args], { env, maxBuffer: Number.POSITIVE_INFINITY });
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    const output = `${stdout}${stderr}`.slice(-2_000) || message;
    throw new Advice(
      `apt-get ${args[0]} failed; install "${packageName}" by hand and try again. It said:\n\n${output}`,
    );
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // Absent or not executable.
  }
}
