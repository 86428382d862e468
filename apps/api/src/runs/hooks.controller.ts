/** Answers to hooks over plain HTTP: checks the request, makes one call and maps its result to a status code. */
import { Controller, HttpCode, HttpException, Inject, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { JsonValue } from '#libs/contracts';
import {
  hookSigningKey,
  isSignedWebhook,
  WEBHOOK_ID_HEADER,
  WEBHOOK_SIGNATURE_HEADER,
  WEBHOOK_TIMESTAMP_HEADER,
} from '#libs/engine';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { Deadline } from '../graphql/deadline.js';
import { closedBecause, HookAnswers } from './hook-answers.service.js';

interface HookAnswer {
  status: 'RESOLVED';
  hookId: string;
}

@Controller('hooks')
export class HooksController {
  constructor(
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
    private readonly answers: HookAnswers,
  ) {}

  /**
   * The body is the payload; the HTTP pipeline has limited its size and kept it as bytes for the signature. Repeating a
   * payload returns the same result, so a sender that lost the response may retry.
   */
  @Post(':token')
  @HttpCode(200)
  async resolve(@Param('token') token: string, @Req() request: Request): Promise<HookAnswer> {
    return new Deadline().within(this.answer(token, request));
  }

  private async answer(token: string, request: Request): Promise<HookAnswer> {
    if (!request.is(['json', '+json'])) throw new HttpException('The payload must be JSON.', 415);
    const body: unknown = request.body;
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    await this.requireSignature(token, request, bytes);
    const result = await this.answers.resolve({ token }, parsedPayload(bytes), null);
    switch (result.kind) {
      case 'resolved':
        return { status: 'RESOLVED', hookId: result.hook.id };
      case 'not-found':
        throw new HttpException('There is no such hook.', 404);
      case 'invalid':
        throw new HttpException({ message: 'The payload does not fit.', reasons: result.problems }, 422);
      case 'answered':
        throw new HttpException(closedBecause[result.hook.status], 409);
      case 'closed':
        throw new HttpException(closedBecause[result.hook.status], 410);
    }
  }

  private async requireSignature(token: string, request: Request, bytes: Buffer): Promise<void> {
    const { hookSecret } = this.environment;
    if (hookSecret === null) return;
    const headers = {
      id: request.get(WEBHOOK_ID_HEADER),
      timestamp: request.get(WEBHOOK_TIMESTAMP_HEADER),
      signature: request.get(WEBHOOK_SIGNATURE_HEADER),
    };
    const key = hookSigningKey(hookSecret, token);
    if (await isSignedWebhook(key, headers, bytes, () => this.answers.nowSeconds())) return;
    throw new HttpException('The signature is missing, too old or for something else.', 401);
  }
}

function parsedPayload(bytes: Buffer): JsonValue {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as JsonValue;
  } catch (error) {
    throw new HttpException('The payload is not valid JSON.', 400, { cause: error });
  }
}
