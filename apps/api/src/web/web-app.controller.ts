/** The web app's own addresses: each is answered with its one HTML file, and the app takes it from there. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { messagePage } from '../http/message-page.js';

@Controller()
export class WebAppController {
  constructor(@Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment) {}

  @Get(['/', 'w/:workflowId'])
  page(@Res() response: Response): void {
    const { webDir } = this.environment;
    const file = webDir === null ? null : resolve(webDir, 'index.html');
    response.setHeader('Cache-Control', 'no-cache');
    if (file !== null && existsSync(file)) {
      response.sendFile(file, { dotfiles: 'allow', cacheControl: false });
      return;
    }
    const message =
      'The API runs, but there is no built web app where HOLDFAST_WEB_DIR points to. Run `npm run build` and start again.';
    response.status(503).type('html').send(messagePage('The web app is not built', message));
  }
}
