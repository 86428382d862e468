/** Finds programs on PATH, and installs missing ones where no confirmation is needed: with apt, as root. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
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

function apt(args: string[], packageName: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', ['-q', ...args], {
      // The installation must not start the Debian service: this project runs its own copy on its own port.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (bytes: Buffer) => {
      output = (output + bytes).slice(-2_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Advice(
            `apt-get ${args[0]} failed; install "${packageName}" by hand and try again. It said:\n\n${output}`,
          ),
        );
    });
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // Absent or not executable.
  }
}
