/** The n8n form of every node type in the catalogue: one node, and where needed a helper node before or after it. */
import { N8N_AI } from './n8n-ai.js';
import { N8N_DATA } from './n8n-data.js';
import { N8N_LOGIC } from './n8n-logic.js';
import { N8N_MESSAGES } from './n8n-messages.js';
import type { Write } from './n8n-step.js';
import { N8N_TEMPLATES } from './n8n-template.js';
import { N8N_TRIGGERS } from './n8n-triggers.js';

/** By node type. */
export const N8N_STEPS: Readonly<Record<string, Write>> = {
  ...N8N_TEMPLATES,
  ...N8N_TRIGGERS,
  ...N8N_LOGIC,
  ...N8N_AI,
  ...N8N_MESSAGES,
  ...N8N_DATA,
};
