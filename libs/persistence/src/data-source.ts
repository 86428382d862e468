/**
 * The connection to Postgres. Owns the pool's settings and what the data source knows; never reads the environment and
 * never changes the schema by itself.
 */
import 'reflect-metadata';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { readDatabaseUrl } from './database-url.js';
import { allEntities } from './entities/all-entities.js';
import { allMigrations } from './migrations/all-migrations.js';

export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/database`, with the parameters that `readDatabaseUrl` knows. */
  databaseUrl: string;
  /** Connections at most; 10 unless told. At least 2: migrations hold a lock on one and work on another. */
  poolSize?: number;
  /** What Postgres shows for these connections, in `pg_stat_activity`. */
  applicationName: string;
  /** How long an answer is waited for; 0 for no limit. 35 seconds unless told. */
  queryTimeoutMs?: number;
}

/**
 * A connection whose end is no uncaught exception, whoever has it. The pool takes its own listener away when it hands a
 * client out and TypeORM adds one later; the server may end the session in between. The pool or the next query is told.
 *
 * One on which an answer was waited for in vain is closed: pg would give it back to the pool, where whoever gets it waits behind
 * the same query, for as long as the kernel takes the other side for alive.
 */
class PooledClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((...args: unknown[]) => {
      const answer = query(...args);
      if (answer instanceof Promise) answer.catch((error: Error) => this.closeIfSilent(error));
      return answer;
    }) as typeof this.query;
  }

  private closeIfSilent(error: Error): void {
    if (error.message === 'Query read timeout') this.end().catch(() => undefined);
  }
}

export function dataSourceOptions(options: DatabaseOptions): DataSourceOptions {
  const queryTimeoutMs = options.queryTimeoutMs ?? 35_000;
  const { url, schema, ssl } = readDatabaseUrl(options.databaseUrl);
  return {
    type: 'postgres',
    url,
    schema,
    ssl,
    poolSize: Math.max(2, options.poolSize ?? 10),
    applicationName: options.applicationName,
    connectTimeoutMS: 5_000,
    entities: allEntities,
    migrations: allMigrations,
    migrationsTableName: 'migrations',
    synchronize: false,
    migrationsRun: false,
    logging: ['warn'],
    extra: {
      Client: PooledClient,
      keepAlive: true,
      // Limits of the server's own are set in each transaction: a pooler refuses them as parameters of a session.
      ...(queryTimeoutMs > 0 && { query_timeout: queryTimeoutMs }),
    },
  };
}

/** A data source that is not connected yet: call `initialize()`, and `destroy()` when done. */
export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource(dataSourceOptions(options));
}
