import { describe, expect, it } from 'vitest';
import { limits, type UIMessageChunk } from '#libs/contracts';
import { OutputLimitError } from './errors.js';
import { StepBytes } from './step.js';

const delta = (text: string): UIMessageChunk => ({ type: 'text-delta', id: '0', delta: text });

describe('the bytes of a step', () => {
  it('may reach the cap, counted in UTF-8, and not pass it', () => {
    const one = Buffer.byteLength(JSON.stringify(delta('é')));
    const bytes = new StepBytes({ chunkBytes: one, stepBytes: 3 * one });
    bytes.add([delta('é'), delta('é')]);
    bytes.add([delta('é')]);
    expect(() => bytes.add([delta('')])).toThrow(OutputLimitError);
  });

  it('may not stand in one chunk that the stream would refuse', () => {
    const one = Buffer.byteLength(JSON.stringify(delta('é')));
    new StepBytes({ chunkBytes: one, stepBytes: 9 * one }).add([delta('é')]);
    expect(() => new StepBytes({ chunkBytes: one, stepBytes: 9 * one }).add([delta('éa')])).toThrow(OutputLimitError);
  });

  it('are capped far above what a model answers, and below what a run may stream', () => {
    expect(limits.chunkBytes).toBeLessThan(limits.stepBytes);
    expect(limits.stepBytes).toBeLessThan(limits.runBytes);
  });
});
