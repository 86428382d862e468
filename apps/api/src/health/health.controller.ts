/** Liveness and readiness for orchestrators. */
import { Controller, Get, Header, Res } from '@nestjs/common';
import type { Response } from 'express';
import { HealthChecks, type Readiness } from './health-checks.service.js';

@Controller()
export class HealthController {
  constructor(private readonly health: HealthChecks) {}

  /** Whether the process runs at all; checks no dependencies. */
  @Get('livez')
  @Header('Cache-Control', 'no-store')
  livez(): { alive: true } {
    return { alive: true };
  }

  /** Whether requests can be served; 503 with the reasons if not. Also lists failed checks that do not affect readiness. */
  @Get('readyz')
  @Header('Cache-Control', 'no-store')
  async readyz(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    const readiness = await this.health.readiness();
    response.status(readiness.ready ? 200 : 503);
    return readiness;
  }
}
