/**
 * The embedded servers do not run as root. When this program is root, this finds a user for them, and gives that user
 * access to a clone in a folder closed to others (root's home, a private temporary folder).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { findProgram } from './apt.ts';

export interface RunAs {
  /** The user for `spawn` and the owner of the data folder; undefined when the current user is suitable. */
  owner?: { uid: number; gid: number };
  /** How to start a program as that user. */
  wrap(command: string, args: string[]): { command: string; args: string[]; user?: { uid: number; gid: number } };
}

/** Possible users for a server, in order of preference. The first is created when none exists. */
export type UserNames = readonly [string, ...string[]];

/** The user that would be created; undefined when one exists already, or none is needed. */
export function userToCreate(names: UserNames): string | undefined {
  if (process.getuid?.() !== 0 || names.some((name) => userIds(name))) return undefined;
  return names[0];
}

/**
 * @param names the users to try; `nobody` is the last resort
 * @param program a file that the user must be able to execute
 * @param parentFolder a folder that the user must be able to pass through
 * @returns undefined when there is no suitable user
 */
export function findUnprivilegedUser(names: UserNames, program: string, parentFolder: string): RunAs | undefined {
  if (process.getuid?.() !== 0) return { wrap: (command, args) => ({ command, args }) };
  const existing = names.find((name) => userIds(name));
  const owner = (existing ? userIds(existing) : createUser(names[0])) ?? userIds('nobody');
  if (!owner) return undefined;

  const probe = ['-c', 'cd "$1" && exec "$2" --version', 'sh', parentFolder, program];
  const options = { cwd: '/', stdio: 'ignore' as const };
  if (spawnSync('/bin/sh', probe, { ...options, ...owner }).status === 0)
    return { owner, wrap: (command, args) => ({ command, args, user: owner }) };

  // The user may not pass through a parent folder. Instead of opening the folder to everyone, give this one process the
  // right to pass: an ambient capability, kept across exec.
  const setpriv = findProgram('setpriv');
  if (!setpriv) return undefined;
  for (const capability of ['dac_read_search', 'dac_override']) {
    const prefix = [
      `--reuid=${owner.uid}`,
      `--regid=${owner.gid}`,
      '--clear-groups',
      `--inh-caps=+${capability}`,
      `--ambient-caps=+${capability}`,
    ];
    if (spawnSync(setpriv, [...prefix, '/bin/sh', ...probe], options).status === 0) {
      return { owner, wrap: (command, args) => ({ command: setpriv, args: [...prefix, command, ...args] }) };
    }
  }
  return undefined;
}

function userIds(name: string): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined; // No such user.
  }
}

function createUser(name: string): { uid: number; gid: number } | undefined {
  const flags = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  spawnSync('useradd', [...flags, name], { stdio: 'ignore' });
  return userIds(name);
}
