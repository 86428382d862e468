/** The tools of the writer and the researcher. The agent decides what happens to a saved draft. */
import { z } from 'zod';
import type { JsonValue } from '#libs/contracts';
import { defineFunctionTool, type ToolSet } from '#libs/engine';
import { countCharacters, MAX_POST_CHARACTERS } from './character-count.js';

const textInput = z.object({
  text: z.string().min(1).max(5_000).describe('The whole post, as it would be published.'),
});

export const noteSchema = z.object({ note: z.string(), certainty: z.enum(['sure', 'check']) });

export const savedDraftSchema = z.object({ saved: z.literal(true), text: z.string(), characters: z.number() });

export const researchTools: ToolSet = {
  takeNote: defineFunctionTool({
    description:
      'Writes down one fact or angle for the post. Say "check" when a person should verify it before it is published.',
    inputSchema: z.object({ note: z.string().min(1).max(500), certainty: z.enum(['sure', 'check']) }),
    execute: async (note) => note,
  }),
};

export const draftingTools: ToolSet = {
  countCharacters: defineFunctionTool({
    description: `Counts the characters of a text exactly. A post may have ${MAX_POST_CHARACTERS}.`,
    inputSchema: textInput,
    execute: async ({ text }) => {
      const characters = countCharacters(text);
      return { characters, limit: MAX_POST_CHARACTERS, fits: characters <= MAX_POST_CHARACTERS };
    },
  }),
  saveDraft: defineFunctionTool({
    description: `Saves the draft that a person will be asked to approve. Refuses more than ${MAX_POST_CHARACTERS} characters.`,
    inputSchema: textInput,
    execute: async ({ text }): Promise<JsonValue> => {
      const characters = countCharacters(text);
      if (characters <= MAX_POST_CHARACTERS) return { saved: true, text, characters };
      return { saved: false, characters, tooLongBy: characters - MAX_POST_CHARACTERS };
    },
  }),
};
