/** Why a hook takes no answer, as sentences for people. */
import type { HookStatus } from '#libs/contracts';

export const closedBecause: Readonly<Record<HookStatus, string>> = {
  WAITING: 'The hook waits no more.',
  RESOLVED: 'The hook has been answered already.',
  EXPIRED: 'The hook has expired.',
  CANCELED: 'The run of this hook has ended.',
};
