/**
 * What every resolver gets as its context, on HTTP and on WebSocket alike.
 */
import type { Viewer } from '../auth/viewer.js';

export interface OperationContext {
  viewer: Viewer;
  /** Names this operation in answers and in the log. */
  requestId: string;
}
