/**
 * Which workers are alive, as Postgres knows it. Owns the leases and that each worker is declared gone once; what that
 * means for its runs stands in `held-runs.ts`. All times are the database's.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { newId, type WorkerId } from '#libs/contracts';
import { timings } from '#libs/engine';
import { tablesOf } from './table-names.js';

@Injectable()
export class WorkerLeases {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  private get leases() {
    return tablesOf(this.dataSource).worker_leases;
  }

  /** A new worker, alive for so long. */
  async register(leaseMs: number): Promise<WorkerId> {
    const id = newId('worker');
    await this.dataSource.query(
      `INSERT INTO ${this.leases} (id, lease_until) VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')`,
      [id, leaseMs],
    );
    return id;
  }

  /** Alive for so long from now. False when the worker has been declared gone: it can only come back as another one. */
  async renew(id: WorkerId, leaseMs: number): Promise<boolean> {
    const [, renewed] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE ${this.leases} SET lease_until = clock_timestamp() + $2 * interval '1 millisecond', renewed_at = clock_timestamp(),
              since = CASE WHEN lease_until < clock_timestamp() THEN clock_timestamp() ELSE since END
        WHERE id = $1 AND gone_as IS NULL`,
      [id, leaseMs],
    );
    return renewed === 1;
  }

  /** What the worker itself says of its connection to Redis. */
  async setCutOff(id: WorkerId, cutOff: boolean): Promise<void> {
    await this.dataSource.query(`UPDATE ${this.leases} SET cut_off = $2 WHERE id = $1`, [id, cutOff]);
  }

  /** All other workers that have not gone. */
  async peersOf(id: WorkerId): Promise<WorkerId[]> {
    const rows = await this.dataSource.query<{ id: WorkerId }[]>(
      `SELECT id FROM ${this.leases} WHERE id <> $1 AND gone_as IS NULL`,
      [id],
    );
    return rows.map((row) => row.id);
  }

  /**
   * Of a worker whose connection is seen to have ended. True for the first who says so.
   * @param silentMs false, too, when it has renewed its lease within so long
   */
  async declareEnded(id: WorkerId, silentMs = 0): Promise<boolean> {
    const [, declared] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE ${this.leases} SET gone_as = CASE WHEN cut_off THEN 'CUT_OFF' ELSE 'KILLED' END
        WHERE id = $1 AND gone_as IS NULL
          AND renewed_at <= clock_timestamp() - $2 * interval '1 millisecond'`,
      [id, silentMs],
    );
    return declared === 1;
  }

  /**
   * Declares workers gone whose lease has run out, and forgets those that have gone and hold nothing. Whoever judges must
   * have been alive for a while itself: when the database was away, all leases run out together, and each worker gets the
   * time to renew its own.
   */
  async endOverdue(judge: WorkerId): Promise<void> {
    await this.dataSource.query(
      `UPDATE ${this.leases} SET gone_as = 'HUNG'
        WHERE gone_as IS NULL AND lease_until < clock_timestamp() AND EXISTS (
          SELECT FROM ${this.leases} AS judge
           WHERE judge.id = $1 AND judge.gone_as IS NULL AND judge.lease_until > clock_timestamp()
             AND judge.since < clock_timestamp() - $2 * interval '1 millisecond')`,
      [judge, timings.leaseJudgeMs],
    );
    await this.dataSource.query(
      `DELETE FROM ${this.leases} AS gone
        WHERE gone_as IS NOT NULL
          AND NOT EXISTS (SELECT FROM ${tablesOf(this.dataSource).runs} AS held WHERE held.held_by = gone.id)`,
    );
  }

  /** Of a worker that ends and has handed back what it held. */
  async leave(id: WorkerId): Promise<void> {
    await this.dataSource.query(`DELETE FROM ${this.leases} WHERE id = $1`, [id]);
  }
}
