/** What a start as root changes outside its own folders: packages to install, users to create. Only describes the changes. */
import { canInstallWithApt, findProgram } from './apt.ts';
import { CHROMIUM_NAMES } from './chromium.ts';
import { POSTGRES_USERS } from './postgres.ts';
import { REDIS_SERVER, REDIS_USERS } from './redis.ts';
import { userToCreate } from './unprivileged-user.ts';

export interface RootNeeds {
  postgres: boolean;
  redis: boolean;
  chromium: boolean;
}

interface Change {
  what: string;
  insteadOf: string;
}

/** The notice to print before anything is done; undefined when nothing would be changed. */
export function rootNotice(needs: RootNeeds): string | undefined {
  const changes = rootChanges(needs);
  if (changes.length === 0) return undefined;
  return [
    'This runs as root and will change this machine:',
    ...changes.map(({ what, insteadOf }) => `  - ${what}\n      To avoid it: ${insteadOf}`),
    '  To avoid all of it, press Ctrl-C and run this as a user who is not root.',
    '',
  ].join('\n');
}

function rootChanges(needs: RootNeeds): Change[] {
  const changes: Change[] = [];
  const installs = (...programs: string[]) => canInstallWithApt() && findProgram(...programs) === undefined;
  const installsRedis = needs.redis && installs(REDIS_SERVER);
  if (installsRedis) {
    changes.push({
      what: `install the package ${REDIS_SERVER} with apt-get`,
      insteadOf: `put ${REDIS_SERVER} on PATH, or set HOLDFAST_REDIS_URL to a Redis of your own`,
    });
  }
  if (needs.chromium && installs(...CHROMIUM_NAMES)) {
    changes.push({
      what: 'install the package chromium with apt-get',
      insteadOf: 'set HOLDFAST_TEST_CHROMIUM to a Chromium or Chrome that is there',
    });
  }
  const postgresUser = needs.postgres ? userToCreate(POSTGRES_USERS) : undefined;
  if (postgresUser) {
    changes.push({
      what: `create the system user "${postgresUser}", because Postgres refuses to run as root`,
      insteadOf: 'set HOLDFAST_DATABASE_URL to a Postgres of your own',
    });
  }
  // The package creates a user, and the user created for Postgres also serves Redis.
  const redisUser = needs.redis && !installsRedis && !postgresUser ? userToCreate(REDIS_USERS) : undefined;
  if (redisUser) {
    changes.push({
      what: `create the system user "${redisUser}", so that Redis does not run as root`,
      insteadOf: 'set HOLDFAST_REDIS_URL to a Redis of your own',
    });
  }
  return changes;
}
