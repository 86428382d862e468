import { describe, expect, it } from 'vitest';
import { MessageGate } from './message-gate.js';

const subscribe = (id: string) => JSON.stringify({ type: 'subscribe', id, payload: {} });
const complete = (id: string) => JSON.stringify({ type: 'complete', id });
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A gate for three messages at once, whose handling ends when the test says so. */
function gateOf(most = 3) {
  const handled: { message: string; end: () => void }[] = [];
  const socket = {
    paused: false,
    pause: () => {
      socket.paused = true;
    },
    resume: () => {
      socket.paused = false;
    },
  };
  const handle = (message: string) => new Promise<void>((end) => handled.push({ message, end }));
  const gate = new MessageGate(socket, handle, most);
  return { gate, socket, handled, ids: () => handled.map(({ message }) => JSON.parse(message).id as string) };
}

describe('the messages of one socket', () => {
  it('are handled up to a number at once; beyond it the socket is not read', async () => {
    const { gate, socket, handled, ids } = gateOf();
    for (const id of ['a', 'b', 'c', 'd', 'e']) gate.push(subscribe(id));
    expect(ids()).toEqual(['a', 'b', 'c']);
    expect([gate.inFlight, socket.paused]).toEqual([3, true]);
    handled[1]?.end();
    await settled();
    expect(ids()).toEqual(['a', 'b', 'c', 'd']);
    expect(socket.paused).toBe(true);
    for (const { end } of handled.slice(0, 4)) end();
    await settled();
    expect(ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(socket.paused).toBe(false);
  });

  it('count a subscription until it is open, also one that was completed in the meantime', async () => {
    const { gate, handled, ids } = gateOf();
    gate.push(subscribe('a'));
    gate.push(complete('a'));
    handled[1]?.end();
    await settled();
    expect(gate.inFlight).toBe(1);
    for (const id of ['b', 'c', 'd']) gate.push(subscribe(id));
    expect(ids()).toEqual(['a', 'a', 'b', 'c']);
    gate.opened('b');
    gate.opened('b');
    expect(ids()).toEqual(['a', 'a', 'b', 'c', 'd']);
    expect(gate.inFlight).toBe(3);
  });

  it('wait when they use an id again, until its first use is over', async () => {
    const { gate, handled, ids } = gateOf();
    gate.push(subscribe('a'));
    gate.opened('a');
    gate.push(complete('a'));
    gate.push(subscribe('a'));
    gate.push(subscribe('b'));
    handled[1]?.end();
    await settled();
    expect(ids()).toEqual(['a', 'a']);
    handled[0]?.end();
    await settled();
    expect(ids()).toEqual(['a', 'a', 'a', 'b']);
    expect(gate.inFlight).toBe(2);
  });

  it('that are none, or use an id that is open, are for the library to refuse', () => {
    const { gate, handled } = gateOf(9);
    for (const message of ['{', '[]', 'null', subscribe('a'), subscribe('a')]) gate.push(message);
    expect(handled).toHaveLength(5);
  });

  it('are forgotten when the socket closes', async () => {
    const { gate, handled } = gateOf(1);
    gate.push(subscribe('a'));
    gate.push(subscribe('b'));
    gate.close();
    handled[0]?.end();
    gate.push(subscribe('c'));
    await settled();
    expect(handled).toHaveLength(1);
  });
});
