/** Client for the internal catalogue API of apps/api. */

import { z } from 'zod';
import { RetryableError } from '#libs/engine';
import { ApiAddresses } from './api-addresses.js';

const foundTypeSchema = z.object({
  type: z.string(),
  kind: z.string(),
  category: z.string(),
  title: z.string(),
  description: z.string(),
  branches: z.json().optional(),
  parameters: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      required: z.union([z.boolean(), z.json()]),
      description: z.string(),
      values: z.array(z.json()).optional(),
      default: z.json().optional(),
      example: z.json().optional(),
    }),
  ),
});

const answerSchema = z.object({ types: z.array(foundTypeSchema) });

export type FoundNodeType = z.infer<typeof foundTypeSchema>;

export interface NodeCatalogClient {
  /** Node types that match the query, best first. Rejects with `RetryableError` when the catalogue cannot be reached. */
  search(query: string, limit: number, signal: AbortSignal): Promise<FoundNodeType[]>;
}

export interface NodeCatalogClientOptions {
  /** Addresses of apps/api, without a path; one that works is used. */
  apiUrls: readonly string[];
  serviceToken: string;
}

export function createNodeCatalogClient({ apiUrls, serviceToken }: NodeCatalogClientOptions): NodeCatalogClient {
  const addresses = new ApiAddresses(apiUrls);
  const headers = { authorization: `Bearer ${serviceToken}` };
  return {
    async search(query, limit, signal) {
      const parameters = new URLSearchParams({ query, limit: String(limit) });
      const asked = addresses.ask(`/internal/node-types?${parameters}`, { headers, signal });
      const { status, ok, body } = await asked.catch((cause: unknown) => {
        signal.throwIfAborted();
        throw unavailable(cause);
      });
      if (!ok) throw new Error(`The catalogue answered ${status}.`);
      return answerSchema.parse(JSON.parse(body)).types;
    },
  };
}

function unavailable(cause: unknown): RetryableError {
  return new RetryableError('STEP_FAILED', { message: 'The catalogue of node types could not be reached.', cause });
}
