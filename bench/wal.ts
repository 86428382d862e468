/**
 * How many bytes Postgres writes to its log for each byte of an answer that streams. The clock is compressed: a checkpoint
 * follows the other without a pause, and each has the text of half a second.
 */
import { randomBytes } from 'node:crypto';
import type { UIMessageChunk } from '#libs/contracts';
import { type BenchmarkRow, compare } from './benchmark-row.ts';
import type { WorkflowFeeder } from './fed-workflow.ts';

const ROUNDS = 3;
/** An answer of 1 MB that streams for ten minutes, with two checkpoints a second. */
const BYTES_PER_CHECKPOINT = Math.ceil((1024 * 1024) / 1_200);
const CHARS_PER_DELTA = 5;
const SIZES = { '22 KB': 22 * 1024, '110 KB': 110 * 1024, '1 MB': 1024 * 1024 };

export async function walPerByte(feeder: WorkflowFeeder): Promise<BenchmarkRow[]> {
  const subjects = [];
  for (const [size, bytes] of Object.entries(SIZES)) {
    const streaming: number[] = [];
    const whole: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const written = await writtenFor(feeder, bytes);
      streaming.push(written.streaming / bytes);
      whole.push(written.whole / bytes);
    }
    const checkpoints = Math.ceil(bytes / BYTES_PER_CHECKPOINT);
    subjects.push({ subject: size, samples: streaming, note: `${checkpoints} checkpoints` });
    subjects.push({ subject: size, samples: whole, note: 'with the step’s result and the end of the run' });
  }
  return compare('Postgres’s log per byte of an answer', 'bytes/byte', subjects);
}

async function writtenFor(feeder: WorkflowFeeder, bytes: number): Promise<{ streaming: number; whole: number }> {
  const workflow = await feeder.newWorkflow();
  await workflow.append([{ type: 'start-step' }, { type: 'text-start', id: 'text-1' }]);
  const before = await feeder.walBytes();
  for (let left = bytes; left > 0; left -= BYTES_PER_CHECKPOINT) {
    await workflow.append(incompressible(Math.min(left, BYTES_PER_CHECKPOINT)));
    await workflow.checkpoint();
  }
  const streaming = (await feeder.walBytes()) - before;
  await workflow.finish();
  return { streaming, whole: (await feeder.walBytes()) - before };
}

/** Deltas as long as a token, of text in which nothing recurs. */
function incompressible(bytes: number): UIMessageChunk[] {
  const text = randomBytes(bytes).toString('base64').slice(0, bytes);
  const pieces = text.match(new RegExp(`.{1,${CHARS_PER_DELTA}}`, 'g')) ?? [];
  return pieces.map((delta) => ({ type: 'text-delta', id: 'text-1', delta }));
}
