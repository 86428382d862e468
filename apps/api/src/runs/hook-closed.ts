/** Why a hook takes no answer, as sentences for people. */
import type { HookStatus } from '#libs/contracts';

export const closedBecause: Readonly<Record<HookStatus, string>> = {
  WAITING: 'This question is already closed.',
  RESOLVED: 'This question has already been answered.',
  EXPIRED: 'Time ran out before this answer came.',
  CANCELED: 'The run that asked this has ended.',
};
