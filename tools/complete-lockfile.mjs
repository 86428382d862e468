/**
 * npm writes into a package-lock.json only the platform packages that it could resolve on the current system. This adds the
 * optional packages of all other systems, so that `npm ci` works on each of them. It also asks the registry for the hash of
 * every package without one, so that `npm ci` installs nothing unverified. Existing data stays.
 *
 * Usage: node tools/complete-lockfile.mjs [--check]   (--check writes nothing and fails when something is missing)
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** The project's own, and that of what benchmarks compare it with. */
const LOCKFILES = ['package-lock.json', 'bench/peers/package-lock.json'];
/** Operating systems by npm's names, and others that package names use for two of them. */
const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const OTHER_NAMES = { linuxmusl: 'linux', windows: 'win32' };
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
/** Name parts that only 32-bit ARM builds carry. */
const ARM_ABIS = ['gnueabihf', 'musleabihf', 'eabi'];

/** @returns {{ os: string[], cpu: string[], libc: string[] }} the systems that a package supports, according to its name */
function platformOf(packageName) {
  const parts = packageName.replace(/^@[^/]+\//, '').split(/[-/]/);
  const cpu = parts.some((part) => ARM_ABIS.includes(part))
    ? ['arm']
    : parts.filter((part) => PROCESSORS.includes(part));
  const os = parts.map((part) => OTHER_NAMES[part] ?? part).filter((part) => SYSTEMS.includes(part));
  const libc = [...(parts.includes('musl') ? ['musl'] : []), ...(parts.includes('gnu') ? ['glibc'] : [])];
  return { os, cpu, libc };
}

/** Node's resolution: is `name` found from the package at `from`, going up through its parents' node_modules? */
function resolves(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('node_modules/') - 1, 0))) {
    if (packages[`${folder ? `${folder}/` : ''}node_modules/${name}`]) return true;
    if (!folder) return false;
  }
}

/** @returns {Record<string, object>} the missing entries, by their path in the lockfile */
function missingEntries(packages) {
  const missing = {};
  for (const [path, entry] of Object.entries(packages)) {
    if (!path) continue;
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const { os, cpu, libc } = platformOf(name);
      const isExact = /^\d/.test(version);
      if (!isExact || os.length + cpu.length === 0) continue;
      const known = { ...packages, ...missing };
      if (resolves(known, path, name)) continue;
      const place = known[`node_modules/${name}`] ? `${path}/node_modules/${name}` : `node_modules/${name}`;
      missing[place] = {
        version,
        ...(cpu.length > 0 && { cpu }),
        ...(entry.dev && { dev: true }),
        ...(entry.devOptional && { devOptional: true }),
        ...(libc.length > 0 && { libc }),
        optional: true,
        ...(os.length > 0 && { os }),
      };
    }
  }
  return missing;
}

/** @returns {[path: string, entry: object][]} packages from the registry that could be replaced unnoticed */
function withoutHash(packages) {
  return Object.entries(packages).filter(
    ([path, entry]) => path.includes('node_modules/') && !entry.link && !entry.inBundle && !entry.integrity,
  );
}

async function addHash([path, entry]) {
  const name = entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const asked = ['view', `${name}@${entry.version}`, 'dist.integrity', '--json'];
  const { stdout } = await promisify(execFile)('npm', asked, { shell: process.platform === 'win32' });
  const integrity = JSON.parse(stdout || 'null');
  if (typeof integrity !== 'string') throw new Error(`The registry tells no hash of ${name}@${entry.version}.`);
  // Where npm puts it: after the version.
  const { version, ...rest } = entry;
  return [path, { version, integrity, ...rest }];
}

async function complete(lockfile, isCheck) {
  const lock = JSON.parse(readFileSync(lockfile, 'utf8'));
  const missing = missingEntries(lock.packages);
  const whole = { ...lock.packages, ...missing };
  const unchecked = withoutHash(whole);
  const count = Object.keys(missing).length;
  if (isCheck) {
    if (count > 0)
      console.error(`${lockfile} lacks ${count} platform packages, for example ${Object.keys(missing)[0]}.`);
    if (unchecked.length > 0) {
      console.error(`${lockfile} has no hash of ${unchecked.length} packages, for example ${unchecked[0][0]}.`);
    }
    if (count + unchecked.length > 0) process.exitCode = 1;
  } else if (count + unchecked.length > 0) {
    const AT_ONCE = 8;
    for (let next = 0; next < unchecked.length; next += AT_ONCE) {
      const asked = unchecked.slice(next, next + AT_ONCE).map(addHash);
      for (const [path, entry] of await Promise.all(asked)) whole[path] = entry;
    }
    const entries = Object.entries(whole).sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(lockfile, `${JSON.stringify({ ...lock, packages: Object.fromEntries(entries) }, null, 2)}\n`);
    console.log(`Added ${count} platform packages and ${unchecked.length} hashes to ${lockfile}.`);
  } else {
    console.log(`${lockfile} is complete.`);
  }
}

for (const lockfile of LOCKFILES.filter((file) => existsSync(file)))
  await complete(lockfile, process.argv.includes('--check'));
