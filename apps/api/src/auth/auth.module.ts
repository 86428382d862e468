import { Module } from '@nestjs/common';
import { ViewerAuthentication } from './viewer-authentication.service.js';

@Module({ providers: [ViewerAuthentication], exports: [ViewerAuthentication] })
export class AuthModule {}
