/**
 * Asking a person for a yes or a no. Owns the form of the answer and what silence means.
 */
import { z } from 'zod';
import { type AgentContext, type Duration, HookExpiredError } from '#libs/engine';

const approvalSchema = z.object({
  approved: z.boolean().describe('Approve'),
  comment: z.string().max(2_000).optional().describe('What should change?'),
});

export type Verdict =
  | { kind: 'approved' }
  /** `comment` is `null` when nobody said what should be different. */
  | { kind: 'rejected'; comment: string | null }
  | { kind: 'expired' };

/** Waits at a hook without holding a worker, until somebody answers or the time is up. */
export async function askForApproval(
  context: AgentContext,
  name: string,
  { title, timeout }: { title: string; timeout: Duration },
): Promise<Verdict> {
  try {
    const { approved, comment } = await context.hook(name, { title, timeout, schema: approvalSchema });
    return approved ? { kind: 'approved' } : { kind: 'rejected', comment: comment?.trim() || null };
  } catch (error) {
    if (error instanceof HookExpiredError) return { kind: 'expired' };
    throw error;
  }
}
