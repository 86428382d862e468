import { describe, expect, it } from 'vitest';
import { StreamViewer, type ViewedEvent } from './stream-viewer.ts';

const ended: ViewedEvent = { __typename: 'StatusChanged', endedRunId: 'run_1', runStatus: 'CANCELED', terminal: true };
const running: ViewedEvent = {
  __typename: 'StatusChanged',
  endedRunId: 'run_1',
  runStatus: 'RUNNING',
  terminal: false,
};

/** A viewer that was given each of these events in a batch of its own. */
function viewerOf(...events: ViewedEvent[]): StreamViewer {
  // The socket is used by `open` alone.
  const viewer = new StreamViewer(undefined as never, 'wf_1');
  for (const [seq, event] of events.entries()) viewer.apply({ cursor: `1-${seq}`, caughtUp: false, events: [event] });
  return viewer;
}

describe('the judge of deliveries', () => {
  it('takes a second end of a run for a fault', () => {
    expect(() => viewerOf(running, ended, ended).assertExact()).toThrow('ended twice');
  });

  it('takes it for another end when the run has gone on in between', () => {
    expect(() => viewerOf(running, ended, running, ended).assertExact()).not.toThrow();
  });

  it('takes a cursor that does not rise for a fault, except before a snapshot', () => {
    const batch = { cursor: '1-1', caughtUp: false };
    const viewer = viewerOf(running, running);
    viewer.apply({ ...batch, events: [ended, { __typename: 'StreamSnapshot' }] });
    expect(() => viewer.assertExact()).not.toThrow();
    viewer.apply({ ...batch, events: [running] });
    expect(() => viewer.assertExact()).toThrow('must rise');
  });
});
