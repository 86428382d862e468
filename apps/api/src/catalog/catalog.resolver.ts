/** Queries that need no database: the catalogue of node types and the server's configuration. */
import { Inject } from '@nestjs/common';
import { Query, Resolver } from '@nestjs/graphql';
import { bundledAgents } from '#libs/contracts';
import { nodeCatalog } from '#libs/graph';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { WorkersAlive } from '../health/workers-alive.service.js';
import { presentNodeType } from './node-type.presenter.js';
import { NodeTypeObject } from './node-type.type.js';
import { ServerInfoObject } from './server-info.type.js';

@Resolver(() => NodeTypeObject)
export class CatalogResolver {
  constructor(
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
    private readonly workers: WorkersAlive,
  ) {}

  @Query(() => [NodeTypeObject], {
    complexity: 100,
    description: 'All node types that a workflow can use.',
  })
  nodeCatalog(): NodeTypeObject[] {
    return nodeCatalog.map(presentNodeType);
  }

  @Query(() => ServerInfoObject, { description: 'How this server is set up.' })
  async serverInfo(): Promise<ServerInfoObject> {
    const { simulated, model } = this.environment;
    return { simulated, model, workersAlive: await this.workers.count(), agents: [...bundledAgents] };
  }
}
