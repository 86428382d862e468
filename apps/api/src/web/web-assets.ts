/** The files of the built web app. Owns their cache headers: names under `assets/` carry a hash and never change. */
import { join, resolve } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express from 'express';

/** Serves the files of `webDir`; what is not there goes on to the routes. */
export function serveWebAssets(app: NestExpressApplication, webDir: string): void {
  const root = resolve(webDir);
  const options = { index: false, fallthrough: true, redirect: false } as const;
  app.use('/assets', express.static(join(root, 'assets'), { ...options, immutable: true, maxAge: '1y' }));
  app.use(express.static(root, { ...options, maxAge: 0 }));
}
