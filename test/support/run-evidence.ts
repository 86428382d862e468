/**
 * What the database, Redis and the model's log say about runs. These queries prove the guarantees; they bypass the apps, so
 * that no app can vouch for itself.
 */
import type { Redis } from 'ioredis';
import pg from 'pg';
import { createRedis } from '#libs/stream';

/** One line of the simulator's request log. */
export interface SimulatedRequest {
  outcome: string;
  purpose: 'turn' | 'title';
  callIndex: number;
  promptHash: string;
  prompt: string;
  toolCalls: unknown[];
  [key: string]: unknown;
}

export interface RunRow {
  id: string;
  workflowId: string;
  status: string;
  attempts: number;
  attemptsWithoutProgress: number;
  epoch: number;
  error: { code: string } | null;
  /** Whether the stream contains the end of the run. */
  streamClosed: boolean;
}

export interface StoredStep {
  name: string;
  kind: string;
  status: string;
  finishedAt: Date | null;
}

interface Places {
  databaseUrl: string;
  redisUrl: string;
  redisCaFile?: string | undefined;
  /** Prefix of the names in Redis, including the colon. */
  redisPrefix: string;
}

export class RunEvidence {
  private readonly places: Places;

  constructor(places: Places) {
    this.places = places;
  }

  async runs(runIds: readonly string[]): Promise<RunRow[]> {
    return this.query<RunRow>(
      `SELECT id, workflow_id AS "workflowId", status, attempts, attempts_without_progress AS "attemptsWithoutProgress",
              coalesce(epoch, 0)::int AS epoch, error, stream_closed AS "streamClosed"
         FROM runs WHERE id = ANY($1) ORDER BY id`,
      [runIds],
    );
  }

  async run(runId: string): Promise<RunRow> {
    const [row] = await this.runs([runId]);
    if (!row) throw new Error(`There is no run ${runId}.`);
    return row;
  }

  /** Steps with a result, in the order in which the results were stored. */
  storedSteps(runId: string): Promise<StoredStep[]> {
    return this.query<StoredStep>(
      `SELECT name, kind, status, finished_at AS "finishedAt" FROM steps
        WHERE run_id = $1 AND status = 'SUCCEEDED' ORDER BY commit_position`,
      [runId],
    );
  }

  /** Event types in a run's history, oldest first. */
  async history(runId: string): Promise<string[]> {
    const rows = await this.query<{ type: string }>('SELECT type FROM run_events WHERE run_id = $1 ORDER BY ordinal', [
      runId,
    ]);
    return rows.map(({ type }) => type);
  }

  /** Why attempts at a run were lost, oldest first. */
  async losses(runId: string): Promise<string[]> {
    const rows = await this.query<{ cause: string }>(
      `SELECT data->>'cause' AS cause FROM run_events
        WHERE run_id = $1 AND type IN ('attempt_lost', 'run_released') ORDER BY ordinal`,
      [runId],
    );
    return rows.map(({ cause }) => cause);
  }

  /** When each attempt at a run except the first began, in milliseconds since 1970. */
  async takeovers(runId: string): Promise<number[]> {
    const rows = await this.query<{ at: Date }>(
      `SELECT at FROM run_events WHERE run_id = $1 AND type = 'run_taken_over' ORDER BY ordinal`,
      [runId],
    );
    return rows.map(({ at }) => at.getTime());
  }

  /** Makes a run look as if it had lost this many attempts in a row without progress. */
  async setAttempts(runId: string, attempts: number): Promise<void> {
    await this.query('UPDATE runs SET attempts = $2, attempts_without_progress = $2 WHERE id = $1', [runId, attempts]);
  }

  /** The other runs in progress on the worker that holds a run. */
  async heldBeside(runId: string): Promise<string[]> {
    const rows = await this.query<{ id: string }>(
      `SELECT other.id FROM runs AS run JOIN runs AS other ON other.held_by = run.held_by AND other.id <> run.id
        WHERE run.id = $1`,
      [runId],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Steps executed again although their result was stored: according to the database, and according to the model's log,
   * which identifies each run by its prompt.
   */
  async redoneSteps(runIds: readonly string[], requests: readonly SimulatedRequest[]): Promise<string[]> {
    const redone = await this.query<{ what: string }>(
      `SELECT s.run_id || ' ' || s.name || ' ' || s.occurrence AS what FROM steps s JOIN step_attempts a ON a.step_id = s.id
        WHERE s.run_id = ANY($1) AND s.status = 'SUCCEEDED' GROUP BY s.id
        HAVING count(*) FILTER (WHERE a.error IS NULL) <> 1 OR max(a.started_at) > s.finished_at`,
      [runIds],
    );
    const prompts = await this.query<{ id: string; prompt: string }>('SELECT id, prompt FROM runs WHERE id = ANY($1)', [
      runIds,
    ]);
    const found = redone.map(({ what }) => what);
    for (const { id, prompt } of prompts) {
      const steps = await this.storedSteps(id);
      const answers = steps.filter((step) => step.kind === 'MODEL_CALL' && step.name !== 'name-workflow');
      for (const request of requests) {
        const answer = answers[request.callIndex];
        if (request.purpose !== 'turn' || !request.prompt || !prompt.includes(request.prompt) || !answer) continue;
        if (new Date(String(request.at)) > (answer.finishedAt ?? new Date()))
          found.push(`${id} asked again: ${answer.name}`);
      }
    }
    return found;
  }

  /** Writes in Postgres under an epoch after a later one was granted; there must be none. */
  async staleWrites(runIds: readonly string[]): Promise<string[]> {
    const rows = await this.query<{ what: string }>(
      `WITH takeovers AS (
         SELECT run_id, at, (data->>'epoch')::bigint AS epoch FROM run_events
          WHERE type = 'run_taken_over' AND run_id = ANY($1))
       SELECT s.run_id || ' ' || s.name || ' under epoch ' || a.epoch AS what
         FROM takeovers t JOIN steps s ON s.run_id = t.run_id JOIN step_attempts a ON a.step_id = s.id
        WHERE a.epoch < t.epoch AND (a.started_at > t.at OR a.finished_at > t.at)
       UNION ALL
       SELECT e.run_id || ' ' || e.type || ' under epoch ' || (e.data->>'epoch') AS what
         FROM takeovers t JOIN run_events e ON e.run_id = t.run_id
        WHERE e.at > t.at AND (e.data->>'epoch')::bigint < t.epoch`,
      [runIds],
    );
    return rows.map(({ what }) => what);
  }

  /** Row counts of all tables that a submit writes to. */
  async rowCounts(): Promise<Record<string, number>> {
    const tables = ['workflows', 'messages', 'runs', 'idempotency_keys'];
    const counts = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
    const [row] = await this.query<Record<string, number>>(`SELECT ${counts.join(', ')}`, []);
    return row ?? {};
  }

  /** The kept revisions of a workflow's graph, oldest first. */
  async revisions(workflowId: string): Promise<{ revision: number; graph: { nodes: unknown[] } }[]> {
    return this.query('SELECT revision, graph FROM graph_revisions WHERE workflow_id = $1 ORDER BY revision', [
      workflowId,
    ]);
  }

  /** Cursors of all entries in the workflow's log on Redis, oldest first. */
  async logCursors(workflowId: string): Promise<string[]> {
    const entries = await this.onRedis((redis) =>
      redis.xrange(`${this.places.redisPrefix}{wf:${workflowId}}:stream`, '-', '+'),
    );
    return entries.map(([cursor]) => cursor);
  }

  /** The terminal events of all runs in the workflow's log on Redis, oldest first. */
  async logEnds(workflowId: string): Promise<{ runId: string; runStatus: string; status: string }[]> {
    const entries = await this.onRedis((redis) =>
      redis.xrange(`${this.places.redisPrefix}{wf:${workflowId}}:stream`, '-', '+'),
    );
    const events = entries.flatMap(([, fields]) => JSON.parse(fields[1] ?? '[]'));
    return events.filter((event) => event.type === 'status' && event.terminal);
  }

  /** How many sessions are stored with this text, or with its hash. */
  async sessionsWith(token: string): Promise<{ clear: number; hashed: number }> {
    const rows = await this.query<{ clear: number; hashed: number }>(
      `SELECT (count(*) FILTER (WHERE strpos(auth_sessions::text, $1) > 0))::int AS clear,
              (count(*) FILTER (WHERE token_hash = encode(sha256($1::bytea), 'hex')))::int AS hashed FROM auth_sessions`,
      [token],
    );
    return rows[0] ?? { clear: 0, hashed: 0 };
  }

  /** Brings the end of a user's sessions nearer. */
  async ageSessions(email: string, days: number): Promise<void> {
    const user = 'user_id = (SELECT id FROM users WHERE email = $1)';
    await this.query(`UPDATE auth_sessions SET expires_at = expires_at - $2 * interval '1 day' WHERE ${user}`, [
      email,
      days,
    ]);
  }

  async disableUser(email: string): Promise<void> {
    await this.query('UPDATE users SET disabled_at = now() WHERE email = $1', [email]);
  }

  async flushRedis(): Promise<void> {
    await this.onRedis((redis) => redis.flushall());
  }

  private async query<T extends pg.QueryResultRow>(statement: string, values: unknown[]): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.places.databaseUrl });
    await client.connect();
    try {
      return (await client.query<T>(statement, values)).rows;
    } finally {
      await client.end();
    }
  }

  private async onRedis<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const { redisUrl: url, redisCaFile = null } = this.places;
    const redis = createRedis({ url, caFile: redisCaFile }, 'evidence', 'command');
    try {
      return await ask(redis);
    } finally {
      redis.disconnect();
    }
  }
}

/** The epoch of a cursor of the log. */
export function epochOf(cursor: string): number {
  return Number(cursor.split('-')[0]);
}
