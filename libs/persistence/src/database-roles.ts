/**
 * What the API and the worker may do in the database, table by table, and a check that a connection's role has just these
 * rights. The roles are created in `role-provisioning.ts`.
 */
import type { DataSource, QueryRunner } from 'typeorm';
import { schemaOf, type TableName, tableNames, tablesOf } from './table-names.js';

export type Program = 'api' | 'worker';

/** Rights on single columns are granted where one program only finishes what the other has begun. */
type Right = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | `UPDATE (${string})`;

/** Does not compile when a table is missing. Rights that are not listed are revoked by the next `migrate up`. */
export const tableRights: Record<TableName, Record<Program, readonly Right[]>> = {
  // Neither is any user's id changed, nor is a user deleted.
  users: { api: ['SELECT', 'INSERT', 'UPDATE (name, email, email_verified, role, updated_at)'], worker: [] },
  workflows: { api: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], worker: ['SELECT', 'UPDATE'] },
  runs: { api: ['SELECT', 'INSERT', 'UPDATE'], worker: ['SELECT', 'UPDATE'] },
  messages: { api: ['SELECT', 'INSERT', 'UPDATE'], worker: ['SELECT', 'UPDATE'] },
  // A cancel appends what closes the message. Segments expire with the history of their run.
  message_segments: { api: ['SELECT', 'INSERT'], worker: ['SELECT', 'INSERT', 'DELETE'] },
  // A cancel ends steps and their attempts, and a retry resets steps; neither changes their results.
  steps: {
    api: ['SELECT', 'UPDATE (status, error, finished_at, commit_position)'],
    worker: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  },
  step_attempts: { api: ['SELECT', 'UPDATE (error, finished_at)'], worker: ['SELECT', 'INSERT', 'UPDATE'] },
  // Only retention deletes. A trigger allows it for rows of expired history, but never for ends of runs.
  run_events: { api: ['SELECT', 'INSERT'], worker: ['SELECT', 'INSERT', 'DELETE'] },
  hooks: { api: ['SELECT', 'UPDATE'], worker: ['SELECT', 'INSERT', 'UPDATE'] },
  graph_revisions: { api: ['SELECT'], worker: ['SELECT', 'INSERT', 'DELETE'] },
  // Pruning locks rows, which requires the right to update one column.
  idempotency_keys: { api: ['SELECT', 'INSERT'], worker: ['SELECT', 'DELETE', 'UPDATE (created_at)'] },
  migrations: { api: ['SELECT'], worker: [] },
  auth_sessions: { api: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], worker: [] },
  auth_accounts: { api: ['SELECT', 'INSERT', 'UPDATE'], worker: [] },
  auth_verifications: { api: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], worker: [] },
  auth_rate_limits: { api: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], worker: [] },
  one_time_links: { api: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], worker: [] },
  worker_leases: { api: ['SELECT'], worker: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
};

/** Names of roles; the same for both programs if the operator made only one. */
export type ProgramRoles = Record<Program, string>;

const programs: readonly Program[] = ['api', 'worker'];

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The role in a database address. */
export function roleIn(databaseUrl: string): string {
  const role = URL.canParse(databaseUrl) ? decodeURIComponent(new URL(databaseUrl).username) : '';
  if (role === '') throw new Error('An address of the database names no role.');
  return role;
}

/**
 * Grants the roles the rights above and revokes all others, in the caller's transaction, who must own the tables. A role
 * that can act as the owner is left alone: it may do everything anyway.
 */
export async function grantRights(runner: QueryRunner, roles: ProgramRoles): Promise<void> {
  const rows: { name: string; exists: boolean; owns: boolean }[] = await runner.query(
    `SELECT name, rolname IS NOT NULL AS exists, coalesce(pg_has_role(oid, current_user, 'USAGE'), false) AS owns
       FROM unnest($1::text[]) AS name LEFT JOIN pg_roles ON rolname = name`,
    [[...new Set([roles.api, roles.worker])]],
  );
  const missing = rows.find(({ exists }) => !exists);
  if (missing) {
    throw new Error(
      `The role "${missing.name}" does not exist. Create it, or name a superuser in HOLDFAST_DATABASE_ADMIN_URL, who does.`,
    );
  }
  const schema = quoted(schemaOf(runner.dataSource));
  const tables = tablesOf(runner.dataSource);
  const granted = new Set(rows.filter(({ owns }) => !owns).map(({ name }) => name));
  for (const role of granted) {
    await runner.query(`REVOKE ALL ON SCHEMA ${schema} FROM ${quoted(role)}`);
    await runner.query(`REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${quoted(role)}`);
    await runner.query(`GRANT USAGE ON SCHEMA ${schema} TO ${quoted(role)}`);
  }
  for (const program of programs) {
    if (!granted.has(roles[program])) continue;
    for (const name of tableNames) {
      const rights = tableRights[name][program];
      if (rights.length === 0) continue;
      await runner.query(`GRANT ${rights.join(', ')} ON ${tables[name]} TO ${quoted(roles[program])}`);
    }
  }
}

interface RightRow {
  table: TableName;
  right: string;
  whole: boolean;
  some: boolean;
}

/** Problems with this connection's role, as sentences: rights that its program does not need, and rights that it lacks. */
export async function roleProblems(dataSource: DataSource, program: Program): Promise<string[]> {
  const schema = schemaOf(dataSource);
  const [role] = await dataSource.query<{ name: string; superuser: boolean; owns: boolean }[]>(
    `SELECT rolname AS name, rolsuper AS superuser, EXISTS (
        SELECT FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident($1)) AND relname = ANY($2)
           AND pg_has_role(relowner, 'USAGE')) AS owns
       FROM pg_roles WHERE rolname = current_user`,
    [schema, [...tableNames]],
  );
  if (!role) return [];
  const advice = `Give the ${program} a role of its own: docs/guides/postgres.md.`;
  if (role.superuser) {
    return [
      `The database role "${role.name}" is a superuser: whoever takes over this process has the whole database server. ${advice}`,
    ];
  }
  if (role.owns) {
    return [
      `The database role "${role.name}" owns the tables: whoever takes over this process can rewrite history and drop everything. ${advice}`,
    ];
  }
  const rows = await dataSource.query<RightRow[]>(
    `SELECT relname AS "table", "right", has_table_privilege(pg_class.oid, "right") AS whole,
            "right" <> ALL('{DELETE,TRUNCATE,TRIGGER}') AND has_any_column_privilege(pg_class.oid,
              CASE WHEN "right" = ANY('{DELETE,TRUNCATE,TRIGGER}') THEN 'SELECT' ELSE "right" END) AS some
       FROM pg_class, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS "right"
      WHERE relnamespace = to_regnamespace(quote_ident($1)) AND relname = ANY($2) AND relkind = 'r'
      ORDER BY relname, "right"`,
    [schema, [...tableNames]],
  );
  const problems: string[] = [];
  const beyond = rows.filter((row) => isBeyond(row, program));
  if (beyond.length > 0) {
    problems.push(
      `The database role "${role.name}" may do more than the ${program} needs (${listed(beyond)}). ${advice}`,
    );
  }
  const lacking = rows.filter((row) => isLacking(row, program));
  if (lacking.length > 0) {
    problems.push(
      `The database role "${role.name}" may not do what the ${program} does (${listed(lacking)}). ` +
        `Name it in HOLDFAST_DATABASE_${program.toUpperCase()}_URL when you migrate.`,
    );
  }
  return problems;
}

function isBeyond({ table, right, whole, some }: RightRow, program: Program): boolean {
  const rights: readonly string[] = tableRights[table][program];
  if (rights.includes(right)) return false;
  return whole || (some && !rights.some((given) => given.startsWith(`${right} (`)));
}

function isLacking({ table, right, whole, some }: RightRow, program: Program): boolean {
  const rights: readonly string[] = tableRights[table][program];
  if (rights.includes(right)) return !whole;
  return !some && rights.some((given) => given.startsWith(`${right} (`));
}

function listed(rows: RightRow[]): string {
  return rows.map(({ table, right }) => `${right} on ${table}`).join(', ');
}
