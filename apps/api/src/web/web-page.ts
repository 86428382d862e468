/** The one HTML file of the web app, which shows what belongs to every address, those that lead nowhere included. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Response } from 'express';

/** Answers with the page. False, with nothing sent, when it is not built. */
export function sendWebPage(response: Response, webDir: string | null, status = 200): boolean {
  const file = webDir === null ? null : resolve(webDir, 'index.html');
  if (file === null || !existsSync(file)) return false;
  response.status(status).setHeader('Cache-Control', status === 200 ? 'no-cache' : 'no-store');
  response.sendFile(file, { dotfiles: 'allow', cacheControl: false });
  return true;
}
