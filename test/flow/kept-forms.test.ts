// A form that meets an ended session, through a whole bouncer on either store: kept for its person, sent once, and for nobody else.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bothStores, type StoreOfTest } from '../fixtures/both-stores.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const rules = (more = '') => `
applications:
  - name: wiki
    label: The wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }, { email: mallory@evil.test }] }]
    paths:
      - path: /fresh
        policies: [{ name: fresh, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }]
${more}
  - name: photos
    host: photos.localhost
    upstream: UPSTREAM
    policies: [{ name: all, action: allow, include: [authenticated] }]
  - name: down
    host: down.localhost
    upstream: http://127.0.0.1:1
    policies: [{ name: all, action: allow, include: [authenticated] }]
`;

const limit = 4096;
describe.each(bothStores)('a form that meets an ended session, with %s', (_name, openStore) => {
  let store: StoreOfTest;
  let site: Site;
  beforeAll(async () => {
    store = await openStore();
    const settings = `${store.settings}\nlimits: { preserved_body_bytes: ${limit} }`;
    site = await startSite({ rules: rules(), settings, watch: true });
  }, 120_000);
  afterAll(async () => {
    await site?.close();
    await store?.close();
  });

  const wiki = (path = '/') => site.at('wiki.localhost', path);
  const formPage = (host = 'wiki.localhost') => site.at(host, '/.bouncer/form');

  /** A browser whose session has just ended, by a person's own hand in another browser. */
  async function ended(who: string, host = 'wiki.localhost'): Promise<BrowserClient> {
    const { browser } = await site.logIn(who, site.at(host));
    const { browser: other } = await site.logIn(who, site.at('photos.localhost'));
    const answer = await other.post(site.at('auth.localhost', '/.bouncer/sessions'), { end: 'others' });
    expect(answer.url).toMatch(/ended=[1-9]/);
    return browser;
  }

  const seenPosts = () => site.upstream.seen.filter(({ method }) => method === 'POST');

  async function logInAgain(browser: BrowserClient, page: BrowserResponse, who: string, method?: 'hwk') {
    const href = /class="button" href="([^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(href).toMatch(/^\/\.bouncer\/login\?return_to=%2F\.bouncer%2Fform/);
    // The provider remembers who logged in there.
    browser.dropCookies(new URL(site.provider.issuer).hostname);
    const at = await browser.get(new URL(href, page.url).href);
    return logInAtProvider(browser, at, who, method ?? 'pwd');
  }

  it('is kept, offered after the login with method and path, and sent once, as it was', async () => {
    const browser = await ended('alice');
    browser.setCookie('wiki.localhost', 'application', 'still-there');
    const referer = wiki('/edit?page=1');
    const kept = await browser.post(
      wiki('/save?to=1'),
      { text: 'ten minutes of work' },
      { headers: { referer } },
    );
    expect(kept.status).toBe(401);
    expect(kept.body).toContain('Please log in again');
    expect(kept.body).not.toContain('ten minutes');
    expect(kept.setCookies.join()).toMatch(/bouncer_form=[\w-]{43}; .*HttpOnly.*SameSite=Lax/);
    expect(seenPosts()).toEqual([]);
    const offer = await logInAgain(browser, kept, 'alice');
    expect(offer.url).toBe(formPage());
    expect(offer.body).toContain('POST /save');
    expect(offer.body).not.toContain('ten minutes');
    expect(seenPosts()).toEqual([]);
    const sent = await browser.post(formPage(), {});
    expect(sent.status).toBe(200);
    const [seen, ...more] = seenPosts();
    expect(more).toEqual([]);
    expect(seen).toMatchObject({ url: '/save?to=1', body: 'text=ten+minutes+of+work' });
    expect(seen?.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '24',
      referer,
      cookie: 'application=still-there',
    });
    expect(seen?.headers['x-bouncer-jwt-assertion']).toBeDefined();
    // Once: the button again, the page again.
    expect((await browser.post(formPage(), {})).body).toContain('There is nothing to send');
    expect(seenPosts()).toHaveLength(1);
    const records = site.records().filter(({ path }) => path === '/save');
    expect(records.map(({ decision, reason, status }) => ({ decision, reason, status }))).toEqual([
      { decision: 'login', reason: 'form-kept', status: 401 },
      { decision: 'allow', reason: 'policy-allowed', status: 200 },
    ]);
    for (const event of ['form_kept', 'form_sent'])
      expect(site.records().filter((record) => record['event'] === event)).toMatchObject([
        { application: 'wiki', bytes: 24, sub: 'alice' },
      ]);
    expect(site.logText()).not.toContain('ten+minutes');
    site.upstream.seen.length = 0;
  });

  it('goes once where the button is pressed many times at once', async () => {
    const browser = await ended('alice');
    const kept = await browser.post(wiki('/save'), { text: 'once' });
    await logInAgain(browser, kept, 'alice');
    await Promise.all(Array.from({ length: 8 }, () => browser.post(formPage(), {})));
    expect(seenPosts().map(({ body }) => body)).toEqual(['text=once']);
    site.upstream.seen.length = 0;
  });

  it('is thrown away where another person logs in, and not sent', async () => {
    const browser = await ended('alice');
    const kept = await browser.post(wiki('/save'), { text: 'alice’s own' });
    const shown = await logInAgain(browser, kept, 'mallory');
    expect(shown.body).toContain('This was somebody else');
    expect((await browser.post(formPage(), {})).body).toContain('There is nothing to send');
    expect(
      site
        .records()
        .filter(({ event }) => event === 'form_dropped')
        .at(-1),
    ).toMatchObject({
      ...{ reason: 'another-person', sub: 'alice' },
    });
    expect(seenPosts()).toEqual([]);
  });

  it('is not for another browser of the same person', async () => {
    const browser = await ended('alice');
    await browser.post(wiki('/save'), { text: 'mine' });
    const { browser: other } = await site.logIn('alice', wiki());
    expect((await other.get(formPage())).body).toContain('There is nothing to send');
    await other.post(formPage(), {});
    expect(seenPosts()).toEqual([]);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
    ['another application', { 'sec-fetch-site': 'same-site', origin: 'http://photos.localhost' }],
    ['nobody that can be told', { 'sec-fetch-site': 'none' }],
    ['another site that hides itself', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
    ['a page that lies about one of the two', { origin: 'https://evil.test' }],
    ['a script', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['a frame', { 'sec-fetch-dest': 'iframe' }],
    ['what sends no form', { 'content-type': 'application/json' }],
  ])('is not kept from %s', async (_who, headers) => {
    const browser = await ended('alice');
    const refused = await browser.post(wiki('/save'), { text: 'planted' }, { headers });
    expect(refused.status).toBe(401);
    expect(refused.setCookies).toEqual([]);
    expect(`${refused.body}`).not.toContain('kept for an hour');
  });

  it('is not sent for a page of another site, nor for a script', async () => {
    const browser = await ended('alice');
    const kept = await browser.post(wiki('/save'), { text: 'mine' });
    await logInAgain(browser, kept, 'alice');
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' },
      { 'sec-fetch-site': 'same-site', origin: site.at('photos.localhost').replace(/\/$/, '') },
      { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    ])
      expect((await browser.post(formPage(), {}, { headers })).status).toBe(403);
    expect(seenPosts()).toEqual([]);
    expect((await browser.post(site.at('wiki.localhost', '/.bouncer/form/discard'), {})).body).toContain(
      'It was thrown away',
    );
    await browser.post(formPage(), {});
    expect(seenPosts()).toEqual([]);
  });

  it('is not kept for a token that no session ever had, or of another host', async () => {
    const browser = site.browser();
    browser.setCookie('wiki.localhost', 'bouncer_session', randomBytes(32).toString('base64url'));
    expect((await browser.post(wiki('/save'), { text: 'x' })).setCookies).toEqual([]);
    const of = await ended('alice', 'photos.localhost');
    const token = of.cookiesOf('photos.localhost').get('bouncer_session') ?? '';
    browser.setCookie('wiki.localhost', 'bouncer_session', token);
    expect((await browser.post(wiki('/save'), { text: 'x' })).setCookies).toEqual([]);
  });

  it('is kept at the limit and not above, which is said before its body is read', async () => {
    const browser = await ended('alice');
    const atLimit = await browser.post(wiki('/save'), { t: 'x'.repeat(limit - 2) });
    expect(atLimit.body).toContain('kept for an hour');
    await logInAgain(browser, atLimit, 'alice');
    await browser.post(formPage(), {});
    expect(seenPosts().map(({ body }) => body.length)).toEqual([limit]);
    site.upstream.seen.length = 0;
    const again = await ended('alice');
    const above = await again.post(wiki('/save'), { t: 'x'.repeat(limit - 1) });
    expect(above.body).toContain('too large to be kept');
    expect(above.setCookies).toEqual([]);
    expect(await answerToHead(again, `Content-Length: ${limit + 1}`)).toContain('too large to be kept');
    // Nothing said how long it would be.
    expect(await answerToChunks(again, 'x'.repeat(limit + 1))).toContain('too large to be kept');
    expect(await answerToChunks(again, 'x'.repeat(limit))).toContain('kept for an hour');
  });

  function headersOf(browser: BrowserClient): readonly string[] {
    const { host, origin } = new URL(wiki());
    return [
      `Host: ${host}`,
      `Origin: ${origin}`,
      ...['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'],
      ...['Accept: text/html', 'Content-Type: multipart/form-data; boundary=x'],
      `Cookie: ${browser.cookieFor(wiki()) ?? ''}`,
    ];
  }

  /** What comes back while nothing of the body was sent. */
  function answerToHead(browser: BrowserClient, length: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(site.port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
        if (text.includes('</html>')) {
          socket.destroy();
          resolve(text);
        }
      });
      socket.on('error', reject);
      socket.write(['POST /save HTTP/1.1', ...headersOf(browser), length, '', ''].join('\r\n'));
    });
  }

  function answerToChunks(browser: BrowserClient, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = Object.fromEntries(
        headersOf(browser).map((line) => [
          line.slice(0, line.indexOf(':')),
          line.slice(line.indexOf(':') + 2),
        ]),
      );
      const where = { host: '127.0.0.1', port: site.port, path: '/save', method: 'POST', headers };
      const req = request({ ...where, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        response.on('end', () => resolve(text));
      });
      req.on('error', reject);
      req.end(body);
    });
  }

  it('waits for a step-up that its path asks for', async () => {
    const browser = await ended('alice');
    const kept = await browser.post(wiki('/fresh/save'), { text: 'with a key' });
    expect(kept.body).toContain('kept for an hour');
    await logInAgain(browser, kept, 'alice');
    const asked = await browser.post(formPage(), {});
    expect(seenPosts()).toEqual([]);
    const back = await logInAtProvider(browser, asked, 'alice', 'hwk');
    expect(back.url).toBe(formPage());
    await browser.post(formPage(), {});
    expect(seenPosts().map(({ url, body }) => [url, body])).toEqual([['/fresh/save', 'text=with+a+key']]);
    site.upstream.seen.length = 0;
  });

  it('stays where the application cannot be reached', async () => {
    const browser = await ended('alice', 'down.localhost');
    const kept = await browser.post(site.at('down.localhost', '/save'), { text: 'x' });
    await logInAgain(browser, kept, 'alice');
    const failed = await browser.post(formPage('down.localhost'), {});
    expect(failed.status).toBe(502);
    expect(failed.body).toContain('href="/.bouncer/form"');
    expect((await browser.get(formPage('down.localhost'))).body).toContain('POST /save');
  });

  it('is decided anew by new rules, and not sent to another application', async () => {
    const browser = await ended('alice');
    const kept = await browser.post(wiki('/save'), { text: 'x' });
    await logInAgain(browser, kept, 'alice');
    const reloads = () => site.records().filter(({ event }) => event === 'rules_loaded').length;
    const reload = async (text: string): Promise<void> => {
      const before = reloads();
      site.writeRules(text);
      await site.bouncer.reload();
      expect(reloads()).toBeGreaterThanOrEqual(before);
    };
    await reload(
      rules(`      - path: /save\n        policies: [{ name: none, action: deny, include: [everyone] }]`),
    );
    expect((await browser.post(formPage(), {})).status).toBe(403);
    await reload(rules().replace('name: wiki', 'name: other'));
    await browser.post(formPage(), {});
    expect((await browser.get(formPage())).body).toContain('There is nothing to send');
    expect(seenPosts()).toEqual([]);
    await reload(rules());
    expect((await browser.get(formPage())).body).toContain('There is nothing to send');
  });
});
