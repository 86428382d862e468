/** Deletes expired idempotency keys, a batch at a time. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { limits } from '#libs/contracts';
import { tablesOf } from './table-names.js';

/** Maximum per call; the rest is left to the next one. */
const BATCH = 1_000;

@Injectable()
export class IdempotencyPruning {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Deletes the oldest keys past `limits.idempotencyKeyHours`, by the database's clock. Safe to call concurrently: rows
   * that another call is deleting are skipped.
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
