/**
 * A real Chromium for browser suites. Owns its profile folder and its end; collects what a page must never do.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export class Browser {
  /** Errors of scripts and requests to other hosts, of all pages. */
  readonly complaints: string[] = [];
  private readonly context: BrowserContext;
  private readonly profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.context = context;
    this.profile = profile;
  }

  static async launch(): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), 'holdfast-chromium-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.HOLDFAST_TEST_CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args: flags,
      viewport: { width: 1440, height: 900 },
    });
    return new Browser(context, profile);
  }

  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    const origin = new URL(url).origin;
    page.on('pageerror', (error) => this.complaints.push(`script error: ${error.message}`));
    page.on('request', (request) => {
      const target = new URL(request.url());
      const local = ['data:', 'blob:'].includes(target.protocol);
      if (!local && target.host !== new URL(origin).host) this.complaints.push(`request to ${target.host}`);
    });
    await page.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true });
  }
}
