/**
 * What every resolver gets as its context, on HTTP and on WebSocket alike.
 */
import type { Viewer } from '../auth/viewer-authentication.service.js';
import type { OperationBudget } from './operation-budget.js';

export interface OperationContext {
  viewer: Viewer;
  /** Names this operation in answers and in the log. */
  requestId: string;
  /** What the operation, or the present event of a subscription, may still read and answer. */
  budget: OperationBudget;
}
