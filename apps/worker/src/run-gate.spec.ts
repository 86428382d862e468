import { describe, expect, it } from 'vitest';
import { GateClosed, RunGate } from './run-gate.js';

/** Work that ends on command, and a record of what has begun. */
function workshop(gate: RunGate) {
  const begun: string[] = [];
  const start = (name: string, alone = false) => {
    const end = Promise.withResolvers<void>();
    const done = gate.pass(alone, async () => {
      begun.push(name);
      await end.promise;
    });
    return { done, end: end.resolve };
  };
  return { begun, start };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the gate of runs', () => {
  it('lets ordinary runs in side by side', async () => {
    const { begun, start } = workshop(new RunGate());
    start('a');
    start('b');
    await turn();
    expect(begun).toEqual(['a', 'b']);
  });

  it('lets a run that has to be alone in when all before it have left, and later ones when it has left', async () => {
    const gate = new RunGate();
    const { begun, start } = workshop(gate);
    const [first, second] = [start('first'), start('second')];
    const alone = start('alone', true);
    start('later');
    expect(gate.isHeldUp).toBe(true);
    first.end();
    await first.done;
    await turn();
    expect(begun).toEqual(['first', 'second']);
    second.end();
    await second.done;
    await turn();
    expect(begun).toEqual(['first', 'second', 'alone']);
    expect(gate.isHeldUp).toBe(true);
    alone.end();
    await alone.done;
    await turn();
    expect(begun).toEqual(['first', 'second', 'alone', 'later']);
    expect(gate.isHeldUp).toBe(false);
  });

  it('turns away who waits when it closes, and who comes later', async () => {
    const gate = new RunGate();
    const { begun, start } = workshop(gate);
    const inside = start('inside');
    const alone = start('alone', true);
    gate.close();
    await expect(alone.done).rejects.toThrow(GateClosed);
    await expect(start('late').done).rejects.toThrow(GateClosed);
    inside.end();
    await inside.done;
    expect(begun).toEqual(['inside']);
  });
});
