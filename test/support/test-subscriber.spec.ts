import { describe, expect, it } from 'vitest';
import { TestSubscriber } from './test-subscriber.ts';
import type { ViewedEvent } from './viewed-workflow.ts';

const ended: ViewedEvent = { __typename: 'StatusChanged', endedRunId: 'run_1', runStatus: 'CANCELED', terminal: true };
const running: ViewedEvent = {
  __typename: 'StatusChanged',
  endedRunId: 'run_1',
  runStatus: 'RUNNING',
  terminal: false,
};

/** A subscriber that started with a snapshot and received each of these events in a separate batch. */
function subscriberOf(...events: ViewedEvent[]): TestSubscriber {
  // Only `open` uses the socket.
  const subscriber = new TestSubscriber(undefined as never, 'wf_1');
  const given: ViewedEvent[] = [{ __typename: 'StreamSnapshot' }, ...events];
  for (const [seq, event] of given.entries())
    subscriber.apply({ cursor: `1-${seq}`, caughtUp: false, events: [event] });
  return subscriber;
}

describe('the judge of deliveries', () => {
  it('takes a second end of a run for a fault', () => {
    expect(() => subscriberOf(running, ended, ended).assertInOrder()).toThrow('ended twice');
  });

  it('takes it for another end when the run has gone on in between', () => {
    expect(() => subscriberOf(running, ended, running, ended).assertInOrder()).not.toThrow();
  });

  it('takes a cursor that does not rise for a fault, except before a snapshot', () => {
    const batch = { cursor: '1-2', caughtUp: false };
    const subscriber = subscriberOf(running, running);
    subscriber.apply({ ...batch, events: [ended, { __typename: 'StreamSnapshot' }] });
    expect(() => subscriber.assertInOrder()).not.toThrow();
    subscriber.apply({ ...batch, events: [running] });
    expect(() => subscriber.assertInOrder()).toThrow('must rise');
  });
});
