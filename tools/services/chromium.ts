/** The browser for the browser suites. */
import { canInstallWithApt, findProgram, installWithApt } from './apt.ts';

export const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The path of a Chromium; installs Debian's package where possible.
 * @returns undefined when there is none and none can be installed; the browser suites then fail with that message
 */
export async function ensureChromium(tell: (note: string) => void): Promise<string | undefined> {
  const found = process.env.HOLDFAST_TEST_CHROMIUM || findProgram(...CHROMIUM_NAMES);
  if (found) {
    tell(found);
    return found;
  }
  if (!canInstallWithApt()) {
    tell('not found: install Chromium or Chrome, or set HOLDFAST_TEST_CHROMIUM; the browser tests will fail');
    return undefined;
  }
  await installWithApt('chromium', tell);
  const installed = findProgram(...CHROMIUM_NAMES);
  tell(installed ?? 'installed, but not on PATH');
  return installed;
}
