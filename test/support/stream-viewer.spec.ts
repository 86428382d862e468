import { describe, expect, it } from 'vitest';
import { StreamViewer } from './stream-viewer.ts';
import type { ViewedEvent } from './viewed-workflow.ts';

const ended: ViewedEvent = { __typename: 'StatusChanged', endedRunId: 'run_1', runStatus: 'CANCELED', terminal: true };
const running: ViewedEvent = {
  __typename: 'StatusChanged',
  endedRunId: 'run_1',
  runStatus: 'RUNNING',
  terminal: false,
};

/** A viewer that began with a snapshot and was given each of these events in a batch of its own. */
function viewerOf(...events: ViewedEvent[]): StreamViewer {
  // The socket is used by `open` alone.
  const viewer = new StreamViewer(undefined as never, 'wf_1');
  const given: ViewedEvent[] = [{ __typename: 'StreamSnapshot' }, ...events];
  for (const [seq, event] of given.entries()) viewer.apply({ cursor: `1-${seq}`, caughtUp: false, events: [event] });
  return viewer;
}

describe('the judge of deliveries', () => {
  it('takes a second end of a run for a fault', () => {
    expect(() => viewerOf(running, ended, ended).assertInOrder()).toThrow('ended twice');
  });

  it('takes it for another end when the run has gone on in between', () => {
    expect(() => viewerOf(running, ended, running, ended).assertInOrder()).not.toThrow();
  });

  it('takes a cursor that does not rise for a fault, except before a snapshot', () => {
    const batch = { cursor: '1-2', caughtUp: false };
    const viewer = viewerOf(running, running);
    viewer.apply({ ...batch, events: [ended, { __typename: 'StreamSnapshot' }] });
    expect(() => viewer.assertInOrder()).not.toThrow();
    viewer.apply({ ...batch, events: [running] });
    expect(() => viewer.assertInOrder()).toThrow('must rise');
  });
});
