import type { Viewer } from '../auth/viewer-authentication.service.js';
import type { OperationBudget } from './operation-budget.js';

export interface OperationContext {
  viewer: Viewer;
  /** Identifies this operation in answers and in the log. */
  requestId: string;
  /** What the operation, or the current event of a subscription, may still read and answer. */
  budget: OperationBudget;
}
