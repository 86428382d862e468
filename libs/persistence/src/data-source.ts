/**
 * The connection to Postgres. Owns the pool's settings and what the data source knows; never reads the environment and
 * never changes the schema by itself.
 */
import 'reflect-metadata';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { allEntities } from './entities/all-entities.js';
import { allMigrations } from './migrations/all-migrations.js';

export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/database` */
  databaseUrl: string;
  /** Connections at most; 10 unless told. At least 2: migrations hold a lock on one and work on another. */
  poolSize?: number;
  /** What Postgres shows for these connections, in `pg_stat_activity`. */
  applicationName: string;
  /** The longest that one statement may take; 0 for no limit. 30 seconds unless told. */
  statementTimeoutMs?: number;
}

/**
 * A connection whose end is no uncaught exception, whoever has it. The pool takes its own listener away when it hands a
 * client out and TypeORM adds one later; the server may end the session in between. The pool or the next query is told.
 */
class PooledClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

export function dataSourceOptions(options: DatabaseOptions): DataSourceOptions {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  return {
    type: 'postgres',
    url: options.databaseUrl,
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
      statement_timeout: statementTimeoutMs,
      // The server's limit says nothing while the server cannot be heard.
      ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + 5_000 }),
      // A worker that is frozen inside a transaction holds its workflow's row; without this nobody could take over.
      idle_in_transaction_session_timeout: 5_000,
    },
  };
}

/** A data source that is not connected yet: call `initialize()`, and `destroy()` when done. */
export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource(dataSourceOptions(options));
}
