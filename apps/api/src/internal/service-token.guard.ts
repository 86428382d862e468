/** Admits only our own processes, which know the service token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import type { Request } from 'express';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares in constant time, even when the lengths differ. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

@Injectable()
export class ServiceTokenGuard implements CanActivate {
  constructor(@Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment) {}

  canActivate(context: ExecutionContext): boolean {
    const header = context.switchToHttp().getRequest<Request>().headers.authorization ?? '';
    const token = /^Bearer (\S+)$/i.exec(header)?.[1] ?? '';
    if (isSameSecret(token, this.environment.serviceToken)) return true;
    throw new UnauthorizedException('A service token is needed.');
  }
}
