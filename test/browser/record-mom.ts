// Records mom's way for docs/mom.md: from the link to the photos, in Chromium as a phone, with a real mail server. Writes a picture of each
// step and prints when it was there. Run it with `node test/browser/record-mom.ts FOLDER`.
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { startPhotos } from '../../src/demo/apps/photos.ts';
import { codeIn } from '../fixtures/mail-server.ts';
import { codeRules, startCodeSite } from '../flow/code-site.ts';
import { launchChromium } from '../pages/launch-chromium.ts';

const folder = resolve(process.argv[2] ?? 'docs/images');
/** As a person types on a phone; milliseconds a key. */
const typing = { delay: 150 };

const site = await startCodeSite();
const photos = await startPhotos(site.at('auth.localhost', ''));
const rules = codeRules
  .replace('name: Family photos', 'name: photos\n    label: Family photos')
  .replace('upstream: UPSTREAM', `upstream: ${photos.url}`);
site.writeRules(rules);
await site.bouncer.reload();
const browser = await launchChromium();
const context = await browser.newContext({
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  userAgent:
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
});

const began = performance.now();
const shoot = async (page: Page, name: string): Promise<void> => {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${seconds} s  ${name}\n`);
  await page.screenshot({ path: join(folder, `mom-${name}.png`) });
};

const page = await context.newPage();
await page.goto(site.at('photos.localhost', '/'));
const email = page.getByLabel('E-mail address');
await email.waitFor();
await shoot(page, '1-address');
await email.pressSequentially('mom@family.example', typing);
await page.getByRole('button', { name: 'Send me a code' }).tap();
const code = page.getByLabel('Code', { exact: true });
await code.waitFor();
await shoot(page, '2-code');
while (site.mail.mails.length === 0) await new Promise((done) => setTimeout(done, 50));
const letter = site.mail.mails[0];
const mail = await context.newPage();
await mail.setContent(letter?.html ?? '');
await shoot(mail, '3-mail');
await mail.close();
await code.pressSequentially(codeIn(letter), typing);
await page.getByRole('button', { name: 'Log in' }).tap();
await page.getByText('Our summer').waitFor();
await shoot(page, '4-photos');

await browser.close();
await photos.close();
await site.close();
