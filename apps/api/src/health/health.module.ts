import { Global, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { HealthChecks } from './health-checks.service.js';
import { WorkersAlive } from './workers-alive.service.js';

@Global()
@Module({ controllers: [HealthController], providers: [HealthChecks, WorkersAlive], exports: [WorkersAlive] })
export class HealthModule {}
