/**
 * The GraphQL IDE at `/ide`, which makes no requests to other servers. Its package is large, so it is loaded only when the
 * IDE is enabled.
 */
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { GRAPHQL_PATH } from '../graphql/api-graphql.module.js';
import { inlineScriptHashes, securityHeaders } from '../http/security-headers.js';
import type { NamedServer } from '../http/server-names.js';

const IDE_PATH = '/ide';
const STATIC_PATH = `${IDE_PATH}/static/`;

/** Installs the IDE. Must be called before the application is initialised. */
export async function serveGraphqlIde(app: NestExpressApplication, environment: NamedServer): Promise<void> {
  const [{ ruruHTML }, { serveStatic }] = await Promise.all([import('ruru/server'), import('ruru/static')]);
  const html = ruruHTML({ endpoint: GRAPHQL_PATH, subscriptionEndpoint: GRAPHQL_PATH, staticPath: STATIC_PATH });
  const files = serveStatic(STATIC_PATH);
  // Its page starts itself with inline scripts, so exactly these are allowed, on this page only.
  const headers = securityHeaders(environment, inlineScriptHashes(html));
  app.use((request: Request, response: Response, next: () => void) => {
    if (request.path.startsWith(STATIC_PATH)) files(request, response, next);
    else if (request.path === IDE_PATH || request.path === `${IDE_PATH}/`) {
      headers(request, response, () => response.type('html').send(html));
    } else next();
  });
}
