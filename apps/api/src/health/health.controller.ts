/** Tells orchestrators whether this process lives and whether it can serve. */
import { Controller, Get, Header, Res } from '@nestjs/common';
import type { Response } from 'express';
import { HealthChecks, type Readiness } from './health-checks.service.js';

@Controller()
export class HealthController {
  constructor(private readonly health: HealthChecks) {}

  /** Whether the process runs at all; asks nobody else. */
  @Get('livez')
  @Header('Cache-Control', 'no-store')
  livez(): { alive: true } {
    return { alive: true };
  }

  /** Whether requests can be served, 503 with the reasons otherwise; and what else does not work, which is no reason for it. */
  @Get('readyz')
  @Header('Cache-Control', 'no-store')
  async readyz(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    const readiness = await this.health.readiness();
    response.status(readiness.ready ? 200 : 503);
    return readiness;
  }
}
