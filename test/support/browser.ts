/** A real Chromium for browser suites. Closes it at the end, and collects what a page must never do. */
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
  /** Script errors and requests to other hosts, of all pages. */
  readonly complaints: string[] = [];
  private readonly context: BrowserContext;

  private constructor(context: BrowserContext) {
    this.context = context;
  }

  static async launch(): Promise<Browser> {
    // An empty name uses a temporary profile, which Playwright removes even if helper processes of the browser outlive it
    // for a moment.
    const context = await chromium.launchPersistentContext('', {
      executablePath: process.env.HOLDFAST_TEST_CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args: flags,
      viewport: { width: 1440, height: 900 },
    });
    context.setDefaultTimeout(60_000);
    return new Browser(context);
  }

  /** @param prepare what to do with the new page before it goes to the address */
  async open(url: string, prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
    const page = await this.context.newPage();
    const origin = new URL(url).origin;
    page.on('pageerror', (error) => this.complaints.push(`script error: ${error.message}`));
    page.on('request', (request) => {
      const target = new URL(request.url());
      const local = ['data:', 'blob:'].includes(target.protocol);
      if (!local && target.host !== new URL(origin).host) this.complaints.push(`request to ${target.host}`);
    });
    await prepare?.(page);
    await page.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}
