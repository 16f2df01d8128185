// The operator's logo and colour on the pages: where they come from, and that neither lets anything else in.
import { describe, expect, test } from 'vitest';
import { pageHeaders } from '../../src/pages/page-headers.ts';
import { renderStart } from '../../src/pages/start-page.ts';
import { parseLogo } from '../../src/settings/logo.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { contextOf, servePages, settings } from './page-fixtures.ts';

const source = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><script>alert(1)</script></svg>';

function logoOf(text: string) {
  const logo = parseLogo(Buffer.from(text));
  if ('code' in logo) throw new Error(logo.reason);
  return logo;
}

const logo = logoOf(source);
const branded = (branding: Partial<Settings['branding']>): Settings => ({
  ...settings,
  branding: { name: 'Acme', logo, color: '#0a4fd6', ...branding },
});

async function ask(path: string, of: Settings, host?: string) {
  const context = { settings: of, ...(host === undefined ? {} : { host, isAuthHost: false }) };
  const { url, close } = await servePages({ context });
  try {
    const response = await fetch(`${url}${path}`);
    return { response, text: await response.text() };
  } finally {
    await close();
  }
}

describe('a page of a brand', () => {
  test('shows the logo beside the name, from one address for all hosts, and as the tab’s picture', () => {
    const page = renderStart(contextOf({ settings: branded({}) }));
    const href = `https://auth.example.com:8443/.bouncer/logo?v=${logo.version}`;
    expect(page).toContain(`<img class="logo" src="${href}" alt=""><span>Acme</span>`);
    expect(page).toContain(`<link rel="icon" href="${href}">`);
    const { 'Content-Security-Policy': policy } = pageHeaders(branded({}));
    expect(policy).toContain('img-src data: https://auth.example.com:8443/.bouncer/logo;');
  });

  test('shows a wide one alone, which then is the name', () => {
    const wide = logoOf(source.replace('10 10', '40 10'));
    const page = renderStart(contextOf({ settings: branded({ logo: wide }) }));
    expect(page).toMatch(/<img class="logo" src="[^"]+" alt="Acme"><\/(?:span|a)>/);
    expect(page).toContain('<link rel="icon" href="data:image/svg+xml,');
  });

  test('has the colour in its style sheet, which its policy admits by hash; others keep theirs', () => {
    const page = renderStart(contextOf({ settings: branded({}) }));
    expect(page).toContain('--accent:#0a4fd6');
    const plain = branded({ color: null, logo: null });
    expect(renderStart(contextOf({ settings: plain }))).not.toContain('#0a4fd6');
    const policyOf = (of: Settings) =>
      /style-src ([^;]+);/.exec(pageHeaders(of)['Content-Security-Policy'] ?? '')?.[1];
    expect(policyOf(branded({}))).not.toBe(policyOf(plain));
    expect(policyOf(plain)).toBe(policyOf(settings));
    expect(pageHeaders(plain)['Content-Security-Policy']).toContain('img-src data:;');
  });
});

describe('the logo', () => {
  test('under the address of its version may be kept for ever, elsewhere is asked for again', async () => {
    const { response, text } = await ask(`/.bouncer/logo?v=${logo.version}`, branded({}));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/svg+xml');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(text).toBe(source);
    for (const path of ['/.bouncer/logo', '/.bouncer/logo?v=AAAAAAAAAAAAAAAA', '/.bouncer/logo?v='])
      expect((await ask(path, branded({}))).response.headers.get('cache-control')).toBe('no-cache');
  });

  test('is a picture and nothing else, whatever is in it', async () => {
    const { response } = await ask('/.bouncer/logo', branded({}));
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(response.headers.get('content-language')).toBeNull();
  });

  test('is on `auth_url` alone, and nowhere where there is none', async () => {
    expect((await ask('/.bouncer/logo', branded({}), 'wiki.example.com')).response.status).toBe(404);
    expect((await ask('/.bouncer/logo', settings)).response.status).toBe(404);
  });
});
