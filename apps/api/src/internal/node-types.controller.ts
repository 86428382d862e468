/** Serves the catalogue of node types to agents in workers. */
import { BadRequestException, Controller, Get, Query, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { type NodeType, nodeCatalog, searchNodeTypes } from '#libs/graph';
import { ServiceTokenGuard } from './service-token.guard.js';

const querySchema = z.object({
  query: z.string().max(500).default(''),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

@Controller('internal/node-types')
@UseGuards(ServiceTokenGuard)
export class NodeTypesController {
  /** Best matches first; an empty query returns the catalogue in its own order. */
  @Get()
  find(@Query() parameters: Record<string, unknown>): { types: readonly NodeType[] } {
    const parsed = querySchema.safeParse(parameters);
    if (!parsed.success) {
      throw new BadRequestException('`query` takes up to 500 characters and `limit` a number from 1 to 100.');
    }
    const { query, limit } = parsed.data;
    return { types: query.trim() === '' ? nodeCatalog.slice(0, limit) : searchNodeTypes(query, limit) };
  }
}
