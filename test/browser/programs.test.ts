// What scripts, forms, frames and workers of an application meet: an answer that they understand, and never a login in disguise.
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasChromium } from '../pages/launch-chromium.ts';
import { type BrowserSite, startBrowserSite, visitAs, whoOn } from './browser-site.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.team.localhost
    upstream: APPLICATION
    identity_headers: { X-Forwarded-Email: email }
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
    paths:
      - path: /open
        policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: photos
    host: photos.team.localhost
    upstream: APPLICATION
    identity_headers: { X-Forwarded-Email: email }
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
  - name: stranger
    host: elsewhere.localhost
    upstream: APPLICATION
    policies:
      - { name: open, action: bypass, include: [everyone] }
`;

describe.skipIf(!hasChromium)('an application in a browser', { timeout: 120_000 }, () => {
  let running: BrowserSite;
  let context: BrowserContext;
  const at = (host: string, path = '/') => running.at(`${host}.localhost`, path);
  const wiki = (path = '/') => at('wiki.team', path);

  beforeAll(async () => {
    running = await startBrowserSite({ rules, authHost: 'auth.team.localhost' });
  });
  afterAll(() => running?.close());
  beforeEach(async () => {
    context = await running.open();
  });
  afterEach(() => context.close());

  /** Ends the login from another tab of the same browser, as a logout elsewhere would. */
  async function logOutElsewhere(): Promise<void> {
    const page = await context.newPage();
    await page.goto(wiki('/.bouncer/logout'));
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${running.site.provider.issuer}/**`);
    await page.close();
  }

  function noteConsole(page: Page): string[] {
    const heard: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(String(error)));
    return heard;
  }

  test('a fetch after the session ended gets 401 and JSON, no redirect and no CORS noise', async () => {
    const page = await visitAs(context, 'alice', wiki());
    const call = `fetch('/api/notes?x=1').then(async (response) => ({
      status: response.status, isRedirected: response.redirected, body: await response.json() }))`;
    expect(await page.evaluate(call)).toMatchObject({ status: 200, body: { email: 'alice@example.com' } });
    await logOutElsewhere();
    const heard = noteConsole(page);
    const before = running.application.seen.length;
    expect(await page.evaluate(call)).toMatchObject({
      status: 401,
      isRedirected: false,
      body: { error: 'login_required', login_url: expect.stringContaining(`${wiki('/.bouncer/login')}?`) },
    });
    expect(heard.filter((line) => !line.includes('401'))).toEqual([]);
    expect(running.application.seen.length).toBe(before);
  });

  test('login_url of a 401 brings the person back to where the script wants', async () => {
    const page = await context.newPage();
    await page.goto(wiki('/open'));
    const loginUrl = await page.evaluate(`fetch('/api').then((response) => response.json()).then((body) => {
      const url = new URL(body.login_url);
      url.searchParams.set('return_to', '/inbox?folder=2');
      return url.href;
    })`);
    await page.goto(String(loginUrl));
    await page.getByRole('button', { name: 'alice', exact: true }).click();
    await page.waitForURL(wiki('/inbox?folder=2'));
    expect(await whoOn(page)).toBe('alice@example.com');
  });

  test('a script can ask who is here, and posts a logout by a form of its own', async () => {
    const page = await visitAs(context, 'alice', wiki());
    const who = await page.evaluate(`fetch('/.bouncer/identity').then((response) => response.json())`);
    expect(who).toMatchObject({ email: 'alice@example.com', idp: 'test', groups: ['staff'] });
    await page.setContent('<form method="post" action="/.bouncer/logout"><button>Leave</button></form>');
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('button', { name: 'Yes, log out here' }).click();
    await page.getByRole('heading', { name: 'You are logged out' }).waitFor();
  });

  test('a WebSocket works, and ends when the person logs out in another tab', async () => {
    const page = await visitAs(context, 'alice', wiki());
    const echoed = await page.evaluate(`new Promise((resolve, reject) => {
      window.socket = new WebSocket('ws://' + location.host + '/ws');
      window.ended = new Promise((done) => { window.socket.onclose = (event) => done(event.wasClean + ' ' + event.code); });
      window.socket.onopen = () => window.socket.send('hello');
      window.socket.onmessage = (event) => resolve(event.data);
      window.socket.onerror = () => reject(new Error('refused'));
    })`);
    expect(echoed).toBe('hello');
    expect(running.application.seen).toContainEqual({ what: 'WS /ws', email: 'alice@example.com' });
    await logOutElsewhere();
    await page.evaluate('window.ended');
    const again = await page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('ws://' + location.host + '/ws');
      socket.onopen = () => resolve('open');
      socket.onerror = () => resolve('refused');
    })`);
    expect(again).toBe('refused');
  });

  test('a page of another site cannot open a WebSocket in the person’s name', async () => {
    await (await visitAs(context, 'alice', wiki())).close();
    const page = await context.newPage();
    await page.goto(at('elsewhere'));
    const before = running.application.seen.length;
    const outcome = await page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('${wiki('/ws').replace('http', 'ws')}');
      socket.onopen = () => resolve('open');
      socket.onerror = () => resolve('refused');
    })`);
    expect(outcome).toBe('refused');
    expect(running.application.seen.length).toBe(before);
  });

  test('a form whose session has ended gets a page that says so, and sends again after a login', async () => {
    const page = await visitAs(context, 'alice', wiki('/upload'));
    await page.setInputFiles('input[type=file]', {
      name: 'photo.jpg',
      mimeType: 'image/jpeg',
      buffer: Buffer.alloc(200_000, 'x'),
    });
    await logOutElsewhere();
    const before = running.application.seen.length;
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.getByRole('button', { name: 'Send' }).click(),
    ]);
    expect(answer.status()).toBe(401);
    expect(await answer.headerValue('content-type')).toBe('text/html; charset=utf-8');
    await page.getByRole('heading', { name: 'Please log in' }).waitFor();
    expect(await page.getByRole('main').textContent()).toContain('What you sent did not arrive');
    expect(running.application.seen.length).toBe(before);
    const [tab] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'Log in in a new tab' }).click(),
    ]);
    await tab.waitForURL(wiki('/'));
    expect(await whoOn(tab)).toBe('alice@example.com');
    await page.reload();
    expect(running.application.seen.at(-1)).toEqual({ what: 'POST /upload', email: 'alice@example.com' });
  });

  test('a frame of the same site logs in by single sign-on, without a word', async () => {
    const page = await visitAs(context, 'alice', wiki());
    const frameUrl = at('photos.team', '/album');
    await page.goto(wiki(`/embed?frame=${encodeURIComponent(frameUrl)}`));
    await page.frameLocator('iframe').getByText('alice@example.com').waitFor();
    expect(page.frames()[1]?.url()).toBe(frameUrl);
  });

  test('a frame on another site is refused at once, for no login could succeed there', async () => {
    await (await visitAs(context, 'alice', wiki())).close();
    const page = await context.newPage();
    const asked: string[] = [];
    page.on('response', (response) => asked.push(`${response.status()} ${response.url()}`));
    await page.goto(at('elsewhere', `/embed?frame=${encodeURIComponent(wiki('/page'))}`));
    await expect.poll(() => asked.length).toBeGreaterThan(1);
    expect(asked.slice(1)).toEqual([`401 ${wiki('/page')}`]);
  });

  test('a page that is fetched in advance begins no login, and opens by the login when it is visited', async () => {
    const page = await context.newPage();
    await page.goto(wiki('/open'));
    const asked: string[] = [];
    page.on('response', (response) => asked.push(`${response.status()} ${response.url()}`));
    const loginsBefore = running.site.provider.requests.length;
    const status = await page.evaluate(`new Promise((resolve) => {
      const rules = document.createElement('script');
      rules.type = 'speculationrules';
      rules.textContent = JSON.stringify({ prefetch: [{ source: 'list', urls: ['/later'], eagerness: 'immediate' }] });
      document.head.append(rules);
      setTimeout(resolve, 1500);
    })`);
    expect(status).toBeUndefined();
    const record = running.site.records().find(({ path }) => path === '/later');
    expect(record).toMatchObject({ status: 401, decision: 'login' });
    expect(running.site.provider.requests.length).toBe(loginsBefore);
    await page.goto(wiki('/later'));
    await page.getByRole('button', { name: 'alice', exact: true }).click();
    await page.waitForURL(wiki('/later'));
  });

  test('a service worker stays out of the way of logins', async () => {
    const page = await visitAs(context, 'alice', wiki());
    await page.evaluate(
      `navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)`,
    );
    await page.goto(wiki('/from-worker'));
    expect(await page.textContent('body')).toBe('by the worker');
    // The worker asks for pages in the person's name; what comes back is still a redirect that the browser follows.
    await page.goto(wiki('/page'));
    expect(await whoOn(page)).toBe('alice@example.com');
    await logOutElsewhere();
    await page.goto(wiki('/again?x=1'));
    await page.waitForURL(wiki('/again?x=1'));
    expect(await whoOn(page)).toBe('alice@example.com');
    await logOutElsewhere();
    const update = await page.evaluate(
      `navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => 'updated', (error) => error.name)`,
    );
    expect(update).toBe('TypeError');
  });
});
