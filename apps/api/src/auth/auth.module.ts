import { Module } from '@nestjs/common';
import { ProofWatch } from './proof-watch.service.js';
import { ViewerAuthentication } from './viewer-authentication.service.js';

@Module({ providers: [ViewerAuthentication, ProofWatch], exports: [ViewerAuthentication, ProofWatch] })
export class AuthModule {}
