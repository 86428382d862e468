/** Serves the web app's one HTML file at each of its addresses; the app's own router does the rest. */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { messagePage, sendWebPage } from './web-page.js';

@Controller()
export class WebAppController {
  constructor(@Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment) {}

  @Get(['/', 'w/:workflowId', 'sign-in', 'sign-up', 'invite/:token', 'reset/:token', 'account'])
  page(@Res() response: Response): void {
    if (sendWebPage(response, this.environment.webDir)) return;
    response.setHeader('Cache-Control', 'no-cache');
    const message =
      'The API runs, but there is no built web app where HOLDFAST_WEB_DIR points to. Run `npm run build` and start again.';
    response.status(503).type('html').send(messagePage('The web app is not built', message));
  }
}
