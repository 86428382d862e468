/** A piece of an assistant's message, appended while its run is in progress and never changed. */
import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { MessageId, UIMessageChunk } from '#libs/contracts';
import { storedInteger, storedJson } from '../stored-values.js';
import { MessageEntity } from './message.entity.js';

@Entity('message_segments')
@Check('message_segments_hold_chunks', 'chunk_count > 0')
export class MessageSegmentEntity {
  @ForeignKey(() => MessageEntity, { name: 'message_segments_message_fk', onDelete: 'CASCADE' })
  @PrimaryColumn({ name: 'message_id', type: 'text', primaryKeyConstraintName: 'message_segments_pk' })
  messageId: MessageId;

  /** The index of its first chunk in the message. Between two segments, indexes may be missing. */
  @PrimaryColumn({
    name: 'first_index',
    type: 'bigint',
    transformer: storedInteger,
    primaryKeyConstraintName: 'message_segments_pk',
  })
  firstIndex: number;

  /** How many chunks it holds, counted as they were sent. */
  @Column({ name: 'chunk_count', type: 'integer' })
  chunkCount: number;

  /** With this segment, the message is exact as of this cursor. */
  @Column({ name: 'cursor_epoch', type: 'bigint', transformer: storedInteger })
  cursorEpoch: number;

  @Column({ name: 'cursor_seq', type: 'bigint', transformer: storedInteger })
  cursorSeq: number;

  /** The chunks, packed. json, not jsonb, because it is only read whole and is smaller. */
  @Column({ type: 'json', transformer: storedJson })
  chunks: UIMessageChunk[];

  /** Where the joined deltas among `chunks` were cut. */
  @Column({ type: 'json' })
  pieces: (number[] | null)[];
}
