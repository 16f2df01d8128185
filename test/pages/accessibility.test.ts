// Every page in a real browser, under its real headers: what a reader, a listener, a thumb and a keyboard need.
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { languages } from '../../src/http/accept-language.ts';
import { renderLetter } from '../../src/mail/letter.ts';
import {
  keyPageHeaders,
  letterHeaders,
  mailHeaders,
  pageHeaders,
  sendOnceHeaders,
} from '../../src/pages/page-headers.ts';
import { textsIn } from '../../src/texts/texts.ts';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { twiceAsLong } from '../texts/every-text.ts';
import { everyPage, letter, pageOfStep } from './every-page.ts';
import { hasChromium, launchChromium } from './launch-chromium.ts';
import { settings } from './page-fixtures.ts';

const audit = readFileSync(new URL('./audit-in-browser.js', import.meta.url), 'utf8');
/** Each language, and one in which every text is twice as long. */
const tongues = [...languages, 'twice'] as const;
const pages = new Map(
  tongues.map((tongue) => [
    tongue,
    everyPage(tongue === 'twice' ? twiceAsLong(textsIn('de')) : textsIn(tongue)),
  ]),
);
/** Too pale for light, too deep for dark, and in between. */
const colors = inWholeRun(['#ffffff', '#000000', '#ffe600', '#0b5fff', '#c2185b'], ['#ffe600', '#0b5fff']);
const branded = new Map(
  colors.map((color) => [color, { ...settings, branding: { ...settings.branding, color } }]),
);
const brandedPages = new Map([...branded].map(([color, of]) => [color, everyPage(textsIn('en'), of)]));
const english = pages.get('en') ?? new Map<string, string>();

type Looks = readonly (readonly ['light' | 'dark', number])[];
const all: Looks = [
  ['light', 320],
  ['dark', 320],
  ['dark', 1280],
  ['light', 1280],
];
/** The colours are the same in every language; what differs is how long the words are. */
const narrow: Looks = [['light', 320]];
const some: Looks = [
  ['light', 320],
  ['dark', 1280],
];

/** The long run looks at everything; elsewhere English, and words twice as long as any, stand for the other languages. */
const hasEveryLook = process.env['BOUNCER_EVERY_LOOK'] !== undefined;

function looksIn(tongue: (typeof tongues)[number]): Looks {
  if (hasEveryLook) return all;
  if (tongue === 'en') return inWholeRun(all, some);
  return tongue === 'twice' ? narrow : [];
}

/** What makes the headers of a page that has a script or a frame. */
function scriptedHeaders(page: string): typeof pageHeaders | null {
  if (page.includes('id="ceremony"')) return keyPageHeaders;
  if (page.includes('id="once"')) return sendOnceHeaders;
  return page.includes('<iframe') ? mailHeaders : null;
}

/** As a browser gets them: on this machine there is no TLS. */
function headersOf(page: string, of = settings): Record<string, string> {
  const { 'Strict-Transport-Security': _hsts, ...headers } = (scriptedHeaders(page) ?? pageHeaders)(of);
  return headers;
}

/** Pages of one kind of headers one after the other. */
function byHeaders(
  all: ReadonlyMap<string, string>,
): (readonly [name: string, page: string, headers: string])[] {
  const each = [...all].map(([name, page]) => [name, page, JSON.stringify(headersOf(page))] as const);
  return each.sort(([, , one], [, , other]) => (one < other ? -1 : one > other ? 1 : 0));
}

/** The hop pages would leave at once; everything else of them stays as it is. */
function asServed(page: string): string {
  const staying = page.replace('http-equiv="refresh"', '');
  return scriptedHeaders(page) === null ? staying.replace(/<script[^>]*>.*?<\/script>/s, '') : staying;
}

test('every step of a login has its page here', () => {
  for (const name of Object.values(pageOfStep)) expect([...english.keys()]).toContain(name);
});

describe.skipIf(!hasChromium)('every page in a browser', () => {
  let browser: Browser;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    browser = await launchChromium();
    server = createServer((req, res) => {
      if (req.url?.startsWith('/.bouncer/mail?html=') === true) {
        res.writeHead(200, { ...letterHeaders, 'Content-Type': 'text/html; charset=utf-8' });
        res.end(renderLetter(letter, settings.branding).html);
        return;
      }
      const [, tongue = '', name = ''] = decodeURIComponent(req.url ?? '/').split('/');
      const own = branded.get(tongue) ?? settings;
      const page =
        (brandedPages.get(tongue) ?? pages.get(tongue as (typeof tongues)[number]))?.get(name) ?? '';
      res.writeHead(200, { ...headersOf(page, own), 'Content-Type': 'text/html; charset=utf-8' });
      res.end(asServed(page));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  test.each(tongues.filter((tongue) => looksIn(tongue).length > 0))(
    'reads, sounds, touches and tabs well, in light and dark, narrow and wide: %s',
    {
      timeout: hasEveryLook ? 1_200_000 : 300_000,
    },
    async (tongue) => {
      const looks = looksIn(tongue);
      const context = await browser.newContext({ reducedMotion: 'reduce' });
      const page = await context.newPage();
      const heard: string[] = [];
      page.on('console', (message) => {
        // On a busy machine the walk by keyboard begins before the browser has looked for what to focus first.
        if (!message.text().startsWith('Autofocus processing was blocked')) heard.push(message.text());
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(url) && !request.url().startsWith('data:')) heard.push(request.url());
      });
      const found: Record<string, unknown> = {};
      let judging = '';
      for (const [name, text, headers] of byHeaders(pages.get(tongue) ?? new Map())) {
        // A page that is written in the place of another is judged by the headers of that one, and costs a third of the time.
        if (hasEveryLook || headers !== judging)
          await page.goto(`${url}/${tongue}/${encodeURIComponent(name)}`);
        else await page.setContent(asServed(text));
        judging = headers;
        for (const [colorScheme, width] of looks) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height: 800 });
          // Colours go over into each other: they are looked at when that is done.
          await page.evaluate('document.getAnimations().forEach((one) => one.finish())');
          const complaints = await page.evaluate(audit);
          if (!Array.isArray(complaints) || complaints.length > 0)
            found[`${name}: ${colorScheme}, ${width} px`] = complaints;
        }
      }
      expect(found).toEqual({});
      expect(heard).toEqual([]);
      await context.close();
    },
  );

  test.each(colors)(
    'keeps its contrast in the colour of a brand: %s',
    { timeout: 120_000 },
    async (color) => {
      const page = await browser.newPage({ reducedMotion: 'reduce' });
      const found: Record<string, unknown> = {};
      for (const name of ['start', 'tokens', 'chooser', 'ask-code-again', 'refusal-403-no-policy-matched']) {
        await page.goto(`${url}/${encodeURIComponent(color)}/${name}`);
        for (const [colorScheme, width] of all) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height: 800 });
          await page.evaluate('document.getAnimations().forEach((one) => one.finish())');
          const complaints = await page.evaluate(audit);
          if (!Array.isArray(complaints) || complaints.length > 0)
            found[`${name}: ${colorScheme}, ${width} px`] = complaints;
        }
      }
      expect(found).toEqual({});
      await page.close();
    },
  );

  test('a page that is written in the place of another is judged by the headers of that one', async () => {
    const page = await browser.newPage();
    const heard: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    await page.goto(`${url}/en/start`);
    await page.setContent('<style>body{background:red}</style>');
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgba(0, 0, 0, 0)');
    expect(heard).toEqual([expect.stringContaining('Content Security Policy')]);
    await page.close();
  });

  test('the style sheet is admitted by its hash, and nothing else is', async () => {
    const page = await browser.newPage({ colorScheme: 'light' });
    await page.goto(`${url}/en/start`);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(243, 245, 242)');
    await page.evaluate(
      "document.head.insertAdjacentHTML('beforeend', '<style>body{background:red}</style>')",
    );
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(243, 245, 242)');
    await page.close();
  });

  test('the keyboard goes through a page in reading order and ends where it began', async () => {
    const page = await browser.newPage();
    await page.goto(`${url}/en/${encodeURIComponent('refusal-403-no-policy-matched')}`);
    const order: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('Tab');
      order.push(await page.evaluate('document.activeElement.innerText.trim()'));
    }
    expect(order).toEqual(['bouncer', 'See what you can open', 'Log in as someone else']);
    await page.close();
  });
});
