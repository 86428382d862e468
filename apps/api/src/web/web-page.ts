/**
 * Serves the web app: its assets, its one HTML file (for every address, including unknown ones), and a plain page for when
 * that file cannot be served.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type Response } from 'express';
import serveCompressed from 'express-static-gzip';

/**
 * Serves the files of `webDir`; other requests go on to the routes. Names under `assets/` carry a hash, so they never
 * change; the build has put a compressed copy beside each.
 */
export function serveWebAssets(app: NestExpressApplication, webDir: string): void {
  const root = resolve(webDir);
  const options = { index: false, fallthrough: true, redirect: false } as const;
  app.use(
    '/assets',
    serveCompressed(join(root, 'assets'), {
      enableBrotli: true,
      orderPreference: ['br', 'gzip'],
      index: false,
      serveStatic: { ...options, immutable: true, maxAge: '1y' },
    }),
  );
  app.use(express.static(root, { ...options, maxAge: 0 }));
}

/** Sends the page. Returns false, with nothing sent, when the page is not built. */
export function sendWebPage(response: Response, webDir: string | null, status = 200): boolean {
  const file = webDir === null ? null : resolve(webDir, 'index.html');
  if (file === null || !existsSync(file)) return false;
  response.status(status).setHeader('Cache-Control', status === 200 ? 'no-cache' : 'no-store');
  response.sendFile(file, { dotfiles: 'allow', cacheControl: false });
  return true;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** HTML without scripts or outside requests. Escapes both texts. */
export function messagePage(title: string, message: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Holdfast</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem; }
h1 { font-size: 1.4rem; }
</style>
</head>
<body><main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(message)}</p><p><a href="/">Go to the start page</a></p></main></body>
</html>
`;
}
