/**
 * Forgetting idempotency keys that nobody can still be repeating. Owns how many at once; how long they are kept is a
 * limit of the API.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { limits } from '#libs/contracts';
import { tablesOf } from './table-names.js';

/** More than this in one call is left to the next. */
const BATCH = 1_000;

@Injectable()
export class IdempotencyPruning {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Removes the oldest keys that are past `limits.idempotencyKeyHours`, by the database's clock. Several may call it at
   * once: each leaves alone what another is removing.
   */
  async prune(): Promise<void> {
    const { idempotency_keys: keys } = tablesOf(this.dataSource);
    await this.dataSource.query(
      `DELETE FROM ${keys} WHERE (owner_id, key) IN (
         SELECT owner_id, key FROM ${keys}
          WHERE created_at < clock_timestamp() - $1 * interval '1 hour'
          ORDER BY created_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
      [limits.idempotencyKeyHours],
    );
  }
}
