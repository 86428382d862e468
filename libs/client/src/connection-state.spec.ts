import { describe, expect, it } from 'vitest';
import { type ConnectionEvent, type ConnectionState, initialConnection, transition } from './connection-state.js';

const stateAfter = (...events: ConnectionEvent[]): ConnectionState => events.reduce(transition, initialConnection);
const lost: ConnectionEvent = { type: 'lost', online: true };
const live: ConnectionEvent = { type: 'received', caughtUp: true };
const behind: ConnectionEvent = { type: 'received', caughtUp: false };

describe('transition', () => {
  it('goes from connecting over replaying to live', () => {
    expect(stateAfter()).toEqual({ name: 'connecting' });
    expect(stateAfter(behind)).toEqual({ name: 'replaying' });
    expect(stateAfter(behind, live)).toEqual({ name: 'live' });
  });

  it('stays live when the tail is behind for a moment', () => {
    expect(stateAfter(live, behind)).toEqual({ name: 'live' });
  });

  it('counts failed tries until something is received', () => {
    expect(stateAfter(live, lost, lost)).toEqual({ name: 'reconnecting', attempt: 2 });
    expect(stateAfter(live, lost, lost, behind, lost)).toEqual({ name: 'reconnecting', attempt: 1 });
  });

  it('is offline when the device has no network, and counts on', () => {
    expect(stateAfter(lost, { type: 'lost', online: false })).toEqual({ name: 'offline', attempt: 2 });
  });

  it('is offline as soon as the device says so, which is no failed try', () => {
    const offline: ConnectionEvent = { type: 'offline' };
    expect(stateAfter(live, offline)).toEqual({ name: 'offline', attempt: 0 });
    expect(stateAfter(lost, offline)).toEqual({ name: 'offline', attempt: 1 });
    expect(stateAfter(live, offline, live)).toEqual({ name: 'live' });
    const refused = stateAfter({ type: 'refused', message: 'No.' });
    expect(transition(refused, offline)).toBe(refused);
  });

  it('leaves a refusal only when it is restarted', () => {
    const refused = stateAfter({ type: 'refused', message: 'No.' });
    expect(transition(refused, live)).toBe(refused);
    expect(transition(refused, lost)).toBe(refused);
    expect(transition(refused, { type: 'restarted' })).toEqual({ name: 'connecting' });
  });

  it('never modifies a state and returns the same one when nothing changes', () => {
    const state = Object.freeze(stateAfter(live));
    expect(transition(state, live)).toBe(state);
    expect(transition(state, lost)).not.toBe(state);
  });
});
