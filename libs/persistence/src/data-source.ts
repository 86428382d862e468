/** The connection pool to Postgres. Never changes the schema by itself. */
import 'reflect-metadata';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { readDatabaseUrl } from './database-url.js';
import { allEntities } from './entities/all-entities.js';
import { allMigrations } from './migrations/all-migrations.js';

export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/database`, with the parameters that `readDatabaseUrl` supports. */
  databaseUrl: string;
  /** Maximum number of connections; default 10. At least 2: migrations hold a lock on one and work on another. */
  poolSize?: number;
  /** The name of these connections in `pg_stat_activity`. */
  applicationName: string;
  /** How long to wait for an answer; 0 for no limit. Default 35 seconds. */
  queryTimeoutMs?: number;
}

/**
 * A client whose connection may end at any time without an uncaught exception. The pool removes its own error listener when
 * it hands a client out, and TypeORM adds one later; the server may end the session in between. The pool or the next query
 * then gets the error.
 *
 * After a query timeout the connection is closed. Otherwise pg would return it to the pool, and its next user would wait
 * behind the same query until the kernel gives up on the other side.
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
      // Limits on the server's side are set in each transaction, because poolers refuse them as session parameters.
      ...(queryTimeoutMs > 0 && { query_timeout: queryTimeoutMs }),
    },
  };
}

/** A data source that is not connected yet: call `initialize()`, and `destroy()` when done. */
export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource(dataSourceOptions(options));
}
