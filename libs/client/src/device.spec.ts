import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paintedFrames } from './device.js';

let frames: Map<number, () => void>;

beforeEach(() => {
  vi.useFakeTimers();
  frames = new Map();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A page that paints only when the test says so, like one in a hidden tab. */
function stubPage(): void {
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.set(frames.size + 1, callback).size);
  vi.stubGlobal('cancelAnimationFrame', (frame: number) => frames.delete(frame));
}

describe('paintedFrames', () => {
  it('calls back with the next frame, once', () => {
    stubPage();
    const callback = vi.fn();
    paintedFrames().schedule(callback);
    for (const frame of frames.values()) frame();
    vi.runAllTimers();
    expect(callback).toHaveBeenCalledOnce();
  });

  it('does not stall where nothing is painted', () => {
    stubPage();
    const callback = vi.fn();
    paintedFrames().schedule(callback);
    vi.runAllTimers();
    expect(callback).toHaveBeenCalledOnce();
    expect(frames.size).toBe(0);
  });

  it('can be called off', () => {
    stubPage();
    const callback = vi.fn();
    paintedFrames().schedule(callback)();
    expect(frames.size).toBe(0);
    vi.runAllTimers();
    expect(callback).not.toHaveBeenCalled();
  });

  it('works without a page', () => {
    const callback = vi.fn();
    paintedFrames().schedule(callback);
    expect(callback).not.toHaveBeenCalled();
    vi.runAllTimers();
    expect(callback).toHaveBeenCalledOnce();
  });
});
