/**
 * Leases of workers: which are alive, according to Postgres. Each worker is declared gone once; `held-runs.ts` handles its
 * runs. All times are by the database's clock.
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

  /** Registers a new worker, alive for `leaseMs`. */
  async register(leaseMs: number): Promise<WorkerId> {
    const id = newId('worker');
    await this.dataSource.query(
      `INSERT INTO ${this.leases} (id, lease_until) VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')`,
      [id, leaseMs],
    );
    return id;
  }

  /** Renews the lease for `leaseMs` from now. False when the worker was declared gone: it must register as a new one. */
  async renew(id: WorkerId, leaseMs: number): Promise<boolean> {
    const [, renewed] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE ${this.leases} SET lease_until = clock_timestamp() + $2 * interval '1 millisecond', renewed_at = clock_timestamp(),
              since = CASE WHEN lease_until < clock_timestamp() THEN clock_timestamp() ELSE since END
        WHERE id = $1 AND gone_as IS NULL`,
      [id, leaseMs],
    );
    return renewed === 1;
  }

  /** Records the worker's own report on its connection to Redis. */
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
   * Declares a worker gone whose connection was seen to end. True for the first caller only.
   * @param silentMs if given, also false when the worker has renewed its lease within this time
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
   * Declares workers gone whose lease has expired, and deletes those that have gone and hold nothing. Does so only when the
   * judging worker has been alive for a while: after a database outage all leases have expired together, and each worker
   * needs time to renew its own.
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

  /** Removes a worker that shuts down after handing back its runs. */
  async leave(id: WorkerId): Promise<void> {
    await this.dataSource.query(`DELETE FROM ${this.leases} WHERE id = $1`, [id]);
  }
}
