/** Asks a person for approval. A missing answer within the timeout counts as expired. */
import { z } from 'zod';
import { type AgentContext, type Duration, HookExpiredError } from '#libs/engine';

const approvalSchema = z.object({
  approved: z.boolean().describe('Approve'),
  comment: z.string().max(2_000).optional().describe('What should change?'),
});

export type Verdict =
  | { kind: 'approved' }
  /** `comment` is `null` when the person did not say what to change. */
  | { kind: 'rejected'; comment: string | null }
  | { kind: 'expired' };

/** Waits at a hook without holding a worker, until someone answers or the timeout passes. */
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
