import { Module } from '@nestjs/common';
import { OpenConnections } from './open-connections.service.js';

@Module({ providers: [OpenConnections], exports: [OpenConnections] })
export class LimitsModule {}
