/**
 * What browsers have and Node has not. Owns its types, so that the client compiles and runs where there is no page.
 */

interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The globals of a page; absent elsewhere. */
export const page: {
  readonly window?: EventSource;
  readonly document?: EventSource & { readonly visibilityState: string };
  readonly navigator?: { readonly onLine?: boolean };
  readonly requestAnimationFrame?: (callback: () => void) => number;
  readonly cancelAnimationFrame?: (frame: number) => void;
} = globalThis as object;
