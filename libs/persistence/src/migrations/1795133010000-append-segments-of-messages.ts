/**
 * A message in progress is stored by appending what is new instead of rewriting it. Messages stored before have no segments
 * and stay as they are.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AppendSegmentsOfMessages1795133010000 implements MigrationInterface {
  readonly name = 'AppendSegmentsOfMessages1795133010000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE message_segments (
        message_id text NOT NULL,
        first_index bigint NOT NULL,
        chunk_count integer NOT NULL,
        cursor_epoch bigint NOT NULL,
        cursor_seq bigint NOT NULL,
        chunks json NOT NULL,
        pieces json NOT NULL,
        CONSTRAINT message_segments_pk PRIMARY KEY (message_id, first_index),
        CONSTRAINT message_segments_message_fk FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE,
        CONSTRAINT message_segments_hold_chunks CHECK (chunk_count > 0)
      )
    `);
    // Segments that are stored already are recognised by their indexes. The workflow must be locked.
    await queryRunner.query('DROP FUNCTION store_checkpoint');
    await queryRunner.query(`
      CREATE FUNCTION store_checkpoint(
        claim_workflow text, claim_message text, segments json, at_epoch bigint, at_seq bigint
      ) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT SET lock_timeout = '30s' AS $$
      BEGIN
        UPDATE workflows SET cursor_epoch = at_epoch, cursor_seq = at_seq
         WHERE id = claim_workflow AND (cursor_epoch, cursor_seq) < (at_epoch, at_seq);
        IF FOUND THEN
          INSERT INTO message_segments (message_id, first_index, chunk_count, cursor_epoch, cursor_seq, chunks, pieces)
          SELECT claim_message, (segment->>'index')::bigint, (segment->>'count')::integer, at_epoch, at_seq,
                 segment->'chunks', segment->'pieces'
            FROM json_array_elements(segments) AS segment
              ON CONFLICT ON CONSTRAINT message_segments_pk DO NOTHING;
        END IF;
      END
      $$`);
    // A constant default changes no row: the opening chunk of every message has index 0.
    await queryRunner.query('ALTER TABLE messages ADD COLUMN segments_from bigint NOT NULL DEFAULT 1');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    // A step that streamed its chunks gets them back. A joined delta never reaches beyond the step that sent its pieces.
    await queryRunner.query(`
      UPDATE steps SET chunks = coalesce((
        SELECT jsonb_agg(chunk ORDER BY index) FROM (
          SELECT chunk::jsonb, first_index - count + sum(count) OVER (PARTITION BY first_index ORDER BY place) AS index
            FROM (SELECT first_index, place, chunk, CASE json_typeof(pieces->(place::integer - 1))
                         WHEN 'array' THEN json_array_length(pieces->(place::integer - 1)) ELSE 1 END AS count
                    FROM messages JOIN message_segments ON message_id = messages.id,
                         json_array_elements(message_segments.chunks) WITH ORDINALITY AS packed (chunk, place)
                   WHERE run_id = steps.run_id AND role = 'assistant') AS counted) AS indexed
         WHERE index >= (steps.chunks->>'from')::bigint AND index < (steps.chunks->>'to')::bigint), '[]')
       WHERE jsonb_typeof(chunks) = 'object'`);
    await queryRunner.query(`
      UPDATE messages SET chunks = chunks || (
        SELECT jsonb_agg(chunk::jsonb ORDER BY first_index, place)
          FROM message_segments, json_array_elements(message_segments.chunks) WITH ORDINALITY AS packed (chunk, place)
         WHERE message_id = messages.id AND first_index >= segments_from)
       WHERE EXISTS (SELECT FROM message_segments WHERE message_id = messages.id AND first_index >= segments_from)`);
    await queryRunner.query('ALTER TABLE messages DROP COLUMN segments_from');
    await queryRunner.query('DROP TABLE message_segments');
    await queryRunner.query('DROP FUNCTION store_checkpoint');
    await queryRunner.query(`
      CREATE FUNCTION store_checkpoint(
        claim_workflow text, claim_message text, message_chunks jsonb, at_epoch bigint, at_seq bigint
      ) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT SET lock_timeout = '30s' AS $$
      BEGIN
        UPDATE workflows SET cursor_epoch = at_epoch, cursor_seq = at_seq
         WHERE id = claim_workflow AND (cursor_epoch, cursor_seq) <= (at_epoch, at_seq);
        IF FOUND THEN
          UPDATE messages SET chunks = message_chunks WHERE id = claim_message;
        END IF;
      END
      $$`);
  }
}
