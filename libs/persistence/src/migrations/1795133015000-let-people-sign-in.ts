/**
 * People get addresses, passwords, sessions, and links that work once. Secrets that only have to be recognised are stored
 * as hashes.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LetPeopleSignIn1795133015000 implements MigrationInterface {
  readonly name = 'LetPeopleSignIn1795133015000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE users
        ADD COLUMN email text,
        ADD COLUMN email_verified boolean NOT NULL DEFAULT false,
        ADD COLUMN role text NOT NULL DEFAULT 'MEMBER',
        ADD COLUMN updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ADD COLUMN disabled_at timestamptz,
        ADD CONSTRAINT users_email_unique UNIQUE (email),
        ADD CONSTRAINT users_email_lower CHECK (email = lower(email)),
        ADD CONSTRAINT users_role_known CHECK (role IN ('MEMBER', 'ADMINISTRATOR'))
    `);
    await queryRunner.query(`
      CREATE TABLE auth_sessions (
        id text NOT NULL,
        user_id text NOT NULL,
        token_hash text NOT NULL,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ip_address text,
        user_agent text,
        CONSTRAINT auth_sessions_pk PRIMARY KEY (id),
        CONSTRAINT auth_sessions_token_unique UNIQUE (token_hash),
        CONSTRAINT auth_sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query('CREATE INDEX auth_sessions_by_user ON auth_sessions (user_id, created_at)');
    await queryRunner.query(`
      CREATE TABLE auth_accounts (
        id text NOT NULL,
        user_id text NOT NULL,
        provider_id text NOT NULL,
        account_id text NOT NULL,
        password text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT auth_accounts_pk PRIMARY KEY (id),
        CONSTRAINT auth_accounts_provider_unique UNIQUE (provider_id, account_id),
        CONSTRAINT auth_accounts_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query('CREATE INDEX auth_accounts_by_user ON auth_accounts (user_id)');
    await queryRunner.query(`
      CREATE TABLE auth_verifications (
        id text NOT NULL,
        identifier text NOT NULL,
        value text NOT NULL,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT auth_verifications_pk PRIMARY KEY (id)
      )
    `);
    await queryRunner.query('CREATE INDEX auth_verifications_by_identifier ON auth_verifications (identifier)');
    await queryRunner.query(`
      CREATE TABLE auth_rate_limits (
        id text NOT NULL,
        key text NOT NULL,
        count integer NOT NULL,
        last_request bigint NOT NULL,
        CONSTRAINT auth_rate_limits_pk PRIMARY KEY (id),
        CONSTRAINT auth_rate_limits_key_unique UNIQUE (key)
      )
    `);
    await queryRunner.query(`
      CREATE TABLE one_time_links (
        id text NOT NULL,
        kind text NOT NULL,
        token_hash text NOT NULL,
        email text,
        user_id text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz NOT NULL,
        CONSTRAINT one_time_links_pk PRIMARY KEY (id),
        CONSTRAINT one_time_links_token_unique UNIQUE (token_hash),
        CONSTRAINT one_time_links_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT one_time_links_kind_known CHECK (kind IN ('ADMINISTRATOR', 'INVITATION', 'RESET')),
        CONSTRAINT one_time_links_reset_names_user CHECK ((kind = 'RESET') = (user_id IS NOT NULL))
      )
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [
      'one_time_links',
      'auth_rate_limits',
      'auth_verifications',
      'auth_accounts',
      'auth_sessions',
    ]) {
      await queryRunner.query(`DROP TABLE ${table}`);
    }
    await queryRunner.query(`
      ALTER TABLE users
        DROP COLUMN email, DROP COLUMN email_verified, DROP COLUMN role, DROP COLUMN updated_at, DROP COLUMN disabled_at
    `);
  }
}
