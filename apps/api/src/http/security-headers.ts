/**
 * Security headers. The content security policy allows only this server: no scripts but its own files, and no connections
 * elsewhere.
 */
import { createHash } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { isServerName, type NamedServer } from './server-names.js';

type Handler = (request: Request, response: Response, next: NextFunction) => void;

/** Headers of every answer, including refusals. `scripts` are hashes of inline scripts that the page may run. */
export function securityHeaders(environment: NamedServer, scripts: readonly string[] = []): Handler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // Code highlighting compiles its grammars to WebAssembly.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'", ...scripts],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", (request) => socketsOf(request.headers.host, environment)],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Both are up to the proxy that terminates TLS in front of this server.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
  }) as Handler;
}

/** Some browsers do not apply `'self'` to a page's WebSockets, so the host is named. An unknown host name is not echoed. */
function socketsOf(host: string | undefined, environment: NamedServer): string {
  return host !== undefined && isServerName(host, environment) ? `ws://${host} wss://${host}` : "'self'";
}

/** The policy sources that allow exactly the inline scripts of this page. */
export function inlineScriptHashes(html: string): string[] {
  const scripts = [...html.matchAll(/<script(?:\s[^>]*)?>([\s\S]*?)<\/script>/gi)].map(([, script]) => script ?? '');
  const inline = scripts.filter((script) => script.trim() !== '');
  return inline.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
}
