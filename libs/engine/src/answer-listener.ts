/** What a provider's `fetch` tells the model call for which it reads an answer, past the provider package and the SDK. */
import { AsyncLocalStorage } from 'node:async_hooks';

/** A piece of a text or a reasoning; `id` is that of the part, as the provider package names it. */
export interface EarlyPiece {
  kind: 'text' | 'reasoning';
  id: string;
  text: string;
}

export interface AnswerListener {
  /** Something arrived. Cheap enough to be called for all bytes. */
  heard(): void;
  /** Offers a piece to be shown before the provider package gets it; see `AnswerPieces.early`. Never throws. */
  early(piece: EarlyPiece, passedOn: number): boolean;
}

const listeners = new AsyncLocalStorage<AnswerListener>();
const nobody: AnswerListener = { heard: () => undefined, early: () => false };

/** Runs a model call whose answer is read for this listener. */
export function listeningToAnswer<T>(listener: AnswerListener, call: () => T): T {
  return listeners.run(listener, call);
}

/** The listener of the current model call. Must be obtained while the request is being made. */
export function answerListener(): AnswerListener {
  return listeners.getStore() ?? nobody;
}
