/**
 * What browsers may do with an answer of this server. Owns the content security policy: everything from here, no scripts but files of ours, and
 * connections to this very server only.
 */
import { createHash } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { isServerName, type NamedServer } from './server-names.js';

type Handler = (request: Request, response: Response, next: NextFunction) => void;

/** Headers of every answer, refusals included. `scripts` are hashes of inline scripts that the page may run. */
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
    // Both belong to whoever terminates TLS in front of this server.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
  }) as Handler;
}

/** Not every browser takes `'self'` for the sockets of a page as well. What is no name of ours is not repeated. */
function socketsOf(host: string | undefined, environment: NamedServer): string {
  return host !== undefined && isServerName(host, environment) ? `ws://${host} wss://${host}` : "'self'";
}

/** What a policy says to let the inline scripts of this page run, and no others. */
export function inlineScriptHashes(html: string): string[] {
  const scripts = [...html.matchAll(/<script(?:\s[^>]*)?>([\s\S]*?)<\/script>/gi)].map(([, script]) => script ?? '');
  const inline = scripts.filter((script) => script.trim() !== '');
  return inline.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
}
