/**
 * The agent that writes a short post: a router chooses research or drafting, and a person approves what is published. It
 * uses no network: an approved post is kept in the message, ready to be copied.
 */
import type { ModelMessage } from 'ai';
import { z } from 'zod';
import { type AgentContext, type AgentDefinition, type Duration, defineAgent, FatalError, timings } from '#libs/engine';
import { askForApproval } from '../approval.js';
import { conversationOf } from '../conversation-messages.js';
import { dataPart } from '../data-part.js';
import type { ModelProvider } from '../model-provider.js';
import { nameWorkflow } from '../name-workflow.js';
import { lastOutput, outputsOf } from '../tool-outputs.js';
import { whenAsked } from '../when-asked.js';
import { draftingTools, noteSchema, researchTools, savedDraftSchema } from './draft-tools.js';
import {
  draftingInstructions,
  draftRequest,
  researchInstructions,
  revisionRequest,
  routerInstructions,
} from './instructions.js';

/** Maximum drafts offered in one run. */
const MAX_DRAFTS = 5;
const MAX_MODEL_CALLS = 12;
const noDraft = 'The model saved no draft that fits into one post.';

const routeSchema = z.object({
  next: z.enum(['research', 'drafting']),
  topic: z.string(),
  reason: z.string(),
});

export interface PostAuthorOptions {
  model: ModelProvider;
  /** How long a draft waits for approval. */
  approvalTimeout: Duration;
}

interface Draft {
  number: number;
  text: string;
  characters: number;
}

/** The state of a post, as its card shows it. */
type PostStatus = 'published' | 'rejected' | 'expired';

export function createPostAuthor({ model, approvalTimeout }: PostAuthorOptions): AgentDefinition {
  async function research(context: AgentContext): Promise<z.infer<typeof noteSchema>[]> {
    const { messages } = await context.generate({
      ...model,
      instructions: `${researchInstructions}\n${whenAsked(context)}`,
      tools: researchTools,
      maxSteps: MAX_MODEL_CALLS,
      messages: conversationOf(context),
    });
    return outputsOf(messages, 'takeNote', noteSchema);
  }

  /** Runs the writer until a draft is saved. Asks once more when none was, and again after each retry of the run. */
  async function write(
    context: AgentContext,
    instructions: string,
    given: ModelMessage[],
  ): Promise<{ messages: ModelMessage[]; text: string; characters: number }> {
    const options = {
      ...model,
      instructions: `${instructions}\n${whenAsked(context)}`,
      tools: draftingTools,
      maxSteps: MAX_MODEL_CALLS,
    };
    let { messages } = await context.generate({ ...options, messages: given });
    let saved = lastOutput(messages.slice(given.length), 'saveDraft', savedDraftSchema);
    for (let asked = 0; !saved; asked++) {
      if (asked > 0) await context.failUntilRetried('no-draft', new FatalError('STEP_LIMIT', noDraft));
      ({ messages } = await context.generate({
        ...options,
        messages: [...messages, { role: 'user', content: draftRequest }],
      }));
      saved = lastOutput(messages.slice(given.length), 'saveDraft', savedDraftSchema);
    }
    return { messages, text: saved.text, characters: saved.characters };
  }

  return defineAgent('post-author', {
    async run(context) {
      const route = await context.generateObject('route', {
        ...model,
        instructions: routerInstructions,
        prompt: context.prompt,
        schema: routeSchema,
        timeoutMs: timings.decisionTotalMs,
      });
      const tell = (text: string) => context.progress({ id: 'progress', text });
      let instructions = draftingInstructions([]);
      if (route.next === 'research') {
        await tell(`Collecting facts about ${route.topic}`);
        instructions = draftingInstructions(await research(context));
      }

      let messages = conversationOf(context);
      for (let number = 1; ; number++) {
        await tell(number === 1 ? 'Writing a draft' : `Writing draft ${number}`);
        const written = await write(context, instructions, messages);
        const draft = { number, text: written.text, characters: written.characters };
        await context.emit('draft', [dataPart('draft', `draft-${number}`, draft)]);
        await tell('Waiting for an approval');
        const verdict = await askForApproval(context, 'publish', {
          title: `Publish draft ${number}? (${draft.characters} characters)`,
          timeout: approvalTimeout,
        });
        if (verdict.kind === 'approved') return publish(context, draft);
        if (verdict.kind === 'expired') return settle(context, draft, 'expired');
        if (verdict.comment === null || number === MAX_DRAFTS) return settle(context, draft, 'rejected');
        messages = [...written.messages, { role: 'user', content: revisionRequest(verdict.comment) }];
      }
    },

    complete: async (context) => ({ title: await nameWorkflow(context, model), saveRevision: false }),
  });
}

/** The time of publishing is stored once, whatever happens to the worker afterwards. */
async function publish(context: AgentContext, { text, characters }: Draft): Promise<void> {
  const publishedAt = await context.step('published', async ({ now }) => (await now()).toISOString());
  await context.emit('post', [
    dataPart('post', 'post', { status: 'published' satisfies PostStatus, text, characters, publishedAt }),
  ]);
}

async function settle(context: AgentContext, { text, characters }: Draft, status: PostStatus): Promise<void> {
  await context.emit('post', [dataPart('post', 'post', { status, text, characters, publishedAt: null })]);
}
