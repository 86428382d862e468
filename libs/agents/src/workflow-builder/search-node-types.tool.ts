/**
 * The tool with which a model finds node types. It calls the internal catalogue API, as a tool would call any other
 * internal service.
 */

import { z } from 'zod';
import type { JsonValue } from '#libs/contracts';
import { defineFunctionTool } from '#libs/engine';
import type { NodeCatalogClient } from '../node-catalog-client.js';

export function searchNodeTypesTool(catalog: NodeCatalogClient) {
  return defineFunctionTool({
    description:
      'Finds node types by what they do ("send email", "every monday", "ask a person"). Returns their parameters and branches.',
    inputSchema: z.object({
      query: z.string().min(1).max(200),
      limit: z.number().int().min(1).max(10).optional(),
    }),
    execute: async ({ query, limit = 5 }, { signal }) => {
      const types = await catalog.search(query, limit, signal);
      return { types } as unknown as JsonValue;
    },
  });
}
