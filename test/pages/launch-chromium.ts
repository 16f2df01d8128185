// The browser of the tests: Chromium as Debian packs it for programs, which is the whole engine without the windows around it and costs
// a third of its time; else the Chromium that people use; or the one that CHROMIUM names.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const shell = '/usr/lib/chromium/chromium-headless-shell';
const executablePath = process.env['CHROMIUM'] ?? (existsSync(shell) ? shell : '/usr/bin/chromium');

/** False where no browser is installed: tests that need one are skipped there. */
export const hasChromium = existsSync(executablePath);

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // As on a telephone: one process for all pages. A process for each site that a login passes costs a third of a browser's time.
      '--renderer-process-limit=1',
      '--disable-site-isolation-trials',
    ],
  });
}
