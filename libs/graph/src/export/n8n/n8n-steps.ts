/** How each type of the catalogue is done in n8n: one node, and where it takes more, a node in front of it or behind it. */
import { N8N_AI } from './n8n-ai.js';
import { N8N_DATA } from './n8n-data.js';
import { N8N_LOGIC } from './n8n-logic.js';
import { N8N_MESSAGES } from './n8n-messages.js';
import type { Write } from './n8n-step.js';
import { N8N_TRIGGERS } from './n8n-triggers.js';

/** By type of the catalogue. */
export const N8N_STEPS: Readonly<Record<string, Write>> = {
  ...N8N_TRIGGERS,
  ...N8N_LOGIC,
  ...N8N_AI,
  ...N8N_MESSAGES,
  ...N8N_DATA,
};
