// People at a terminal, end to end: `bouncer login` by the browser and by a typed code, what the token opens, and everything that goes
// wrong.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { methodIn } from '../../src/cli/curl.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { enrolKey, readKeyPage, sendKeyAnswer } from '../fixtures/key-answers.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import type { SoftwareKey } from '../fixtures/software-key.ts';

let site: Site;
/** Every token that was given out: none may be in the log. */
const tokens: string[] = [];

beforeAll(async () => {
  site = await startSite({
    settings:
      'trusted_proxies: [127.0.0.1/32]\nclient_ip_header: X-Forwarded-For\ncountry_header: CF-IPCountry\nhardware_keys: {}',
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
    paths:
      - path: /key
        policies: [{ name: keys, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }]
      - path: /own
        policies: [{ name: own keys, action: allow, include: [{ email_domain: example.com }], require: [{ hardware_key: { source: bouncer, max_age: 1h } }] }]
  - name: other
    host: "*.other.localhost"
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
  - name: short
    host: short.localhost
    upstream: UPSTREAM
    session: { duration: 1s }
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
  - name: closed
    host: closed.localhost
    upstream: UPSTREAM
    policies: [{ name: admins, action: allow, include: [{ group: admins }] }]
`,
  });
});

afterAll(async () => {
  const log = site.logText();
  await site.close();
  for (const token of tokens) expect(log).not.toContain(token.slice(6, 40));
});

interface Running {
  readonly done: Promise<number>;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** A terminal of its own, with nothing but a home. */
function home(env: Terminal['env'] = {}): { readonly folder: string; readonly env: Terminal['env'] } {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-home-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, env: { HOME: folder, PATH: process.env['PATH'], ...env } };
}

function run(
  args: readonly string[],
  { folder, env }: ReturnType<typeof home>,
  stdin = '',
  isTTY = false,
): Running {
  const written = { stdout: '', stderr: '' };
  const output = (name: keyof typeof written): Terminal['stdout'] => ({
    write(text) {
      written[name] += text;
    },
  });
  const done = runCli(args, {
    stdin: {
      isTTY,
      async *[Symbol.asyncIterator]() {
        yield stdin;
      },
    },
    ...{ stdout: output('stdout'), stderr: output('stderr'), cwd: folder, env },
  });
  return { done, stdout: () => written.stdout, stderr: () => written.stderr };
}

const find = async (running: Running, pattern: RegExp): Promise<string> => {
  const found = await vi.waitFor(
    () => {
      const match = pattern.exec(running.stderr());
      if (match === null) throw new Error(`not there yet: ${running.stderr()}`);
      return match;
    },
    { timeout: 20_000, interval: 20 },
  );
  return found[1] ?? found[0];
};

const pageOf = (running: Running): Promise<string> =>
  find(running, /(http:\/\/\S+\/\.bouncer\/terminal\?\S+)/);

/** The hidden fields of a form of a page, by its answer. */
function fieldsOf(body: string, answer: string): Record<string, string> {
  for (const form of body.split('<form').slice(1)) {
    const fields: Record<string, string> = {};
    for (const [, name = '', value = ''] of form
      .split('</form>')[0]
      ?.matchAll(/name="([^"]*)" value="([^"]*)"/g) ?? [])
      fields[name] = value.replaceAll('&amp;', '&');
    if (fields['answer'] === answer) return fields;
  }
  throw new Error(`no form says ${answer}: ${body}`);
}

/** Answers the page as the person, and follows to the program. */
async function answerPage(browser: BrowserClient, page: string, answer = 'allow'): Promise<string> {
  const shown = await browser.get(page);
  expect(shown.status).toBe(200);
  const posted = await browser.post(
    site.at('auth.localhost', '/.bouncer/terminal'),
    fieldsOf(shown.body, answer),
  );
  const next = /url=(http:\/\/127\.0\.0\.1:\d+\/callback\?[^"]*)/i
    .exec(posted.body)?.[1]
    ?.replaceAll('&amp;', '&');
  if (next === undefined) throw new Error(`no way on: ${posted.body}`);
  return next;
}

/** `bouncer login` of somebody whose browser is logged in. */
async function logInTerminal(
  who = 'alice',
  at = home({ BROWSER: 'true' }),
): Promise<{
  readonly browser: BrowserClient;
  readonly at: ReturnType<typeof home>;
  readonly token: string;
}> {
  const { browser } = await site.logIn(who, site.at('auth.localhost', '/.bouncer/login'));
  const running = run(['login', site.at('wiki.localhost'), '--name', 'laptop'], at);
  await fetchPage(await answerPage(browser, await pageOf(running)));
  expect([await running.done, running.stderr()]).toEqual([0, expect.stringContaining('logged in as')]);
  expect(running.stdout()).toBe('');
  const asked = run(['access-token', site.at('wiki.localhost')], at);
  expect(await asked.done).toBe(0);
  expect(asked.stdout()).toMatch(/^bnc_u_[0-9A-Za-z]{49}\n$/);
  const token = asked.stdout().trim();
  tokens.push(token);
  return { browser, at, token };
}

function fetchPage(url: string): Promise<{ readonly status: number; readonly body: string }> {
  return ask(url, {});
}

function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  form?: Readonly<Record<string, string>>,
): Promise<{
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}> {
  const { hostname, host, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const req = request(
      {
        ...{ host: '127.0.0.1', port, path: pathname + search, method: form === undefined ? 'GET' : 'POST' },
        headers: {
          host: hostname === '127.0.0.1' ? host : `${hostname}:${port}`,
          ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          ...headers,
        },
      },
      (res) => {
        let body = '';
        res.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, body, headers: res.headers }));
      },
    );
    req.on('error', reject);
    req.end(form === undefined ? undefined : new URLSearchParams(form).toString());
  });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('bouncer login by the browser', () => {
  test('leads to a token that opens what the person may open, and says who they are', async () => {
    const { token } = await logInTerminal();
    const answer = await ask(site.at('wiki.localhost', '/page'), bearer(token));
    expect(answer.status).toBe(200);
    const seen = JSON.parse(answer.body).headers;
    expect(JSON.stringify(seen)).not.toContain(token);
    expect(
      JSON.parse(Buffer.from(seen['x-bouncer-jwt-assertion'].split('.')[1], 'base64url').toString()),
    ).toMatchObject({ type: 'user', email: 'alice@example.com' });
    const basic = { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` };
    for (const way of [basic, { 'bouncer-token': token }])
      expect((await ask(site.at('a.other.localhost', '/'), way)).status).toBe(200);
    expect((await ask(site.at('closed.localhost'), bearer(token))).status).toBe(403);
    const identity = JSON.parse(
      (await ask(site.at('wiki.localhost', '/.bouncer/identity'), bearer(token))).body,
    );
    expect(identity).toMatchObject({ type: 'user', email: 'alice@example.com' });
    expect(site.records()).toContainEqual(
      expect.objectContaining({
        event: 'terminal_login',
        name: 'laptop',
        by: 'code',
        email: 'alice@example.com',
      }),
    );
  });

  test('keeps it in a folder and a file for the person alone, and asks again only when it has ended', async () => {
    const { at, browser } = await logInTerminal();
    const folder = join(at.folder, '.config', 'bouncer');
    const [file = ''] = readdirSync(join(folder, 'logins'));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'logins')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'logins', file)).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'logins'))).toHaveLength(1);
    const again = run(['login', site.at('a.other.localhost')], at);
    expect([await again.done, again.stderr()]).toEqual([
      0,
      expect.stringContaining('already logged in as alice@'),
    ]);
    await browser.post(site.at('auth.localhost', '/.bouncer/logout'), {});
    const ended = run(['access-token', site.at('wiki.localhost')], at);
    expect([await ended.done, ended.stdout()]).toEqual([1, '']);
    expect(ended.stderr()).toContain('has ended');
    expect(ended.stderr()).toContain(`bouncer login ${site.at('wiki.localhost').slice(0, -1)}`);
  });

  test('sends somebody who is not logged in through the login, and back to the page that asks', async () => {
    const at = home({ BROWSER: 'true' });
    const running = run(['login', site.at('auth.localhost')], at);
    const page = await pageOf(running);
    const { response } = await site.logIn('alice', page);
    expect(response.body).toContain('Let a terminal act as you?');
    expect(response.body).toContain('alice@example.com');
    const { browser } = await site.logIn('alice', page);
    await fetchPage(await answerPage(browser, page));
    expect(await running.done).toBe(0);
  });

  test('lets nothing in when the person says no', async () => {
    const at = home({ BROWSER: 'true' });
    const { browser } = await site.logIn('alice', site.at('auth.localhost', '/.bouncer/login'));
    const running = run(['login', site.at('wiki.localhost')], at);
    const next = await answerPage(browser, await pageOf(running), 'deny');
    expect(next).not.toContain('code=');
    await fetchPage(next);
    expect([await running.done, running.stderr()]).toEqual([1, expect.stringContaining('you said no')]);
    const asked = run(['access-token', site.at('wiki.localhost')], at);
    expect([await asked.done, asked.stdout()]).toEqual([1, '']);
  });

  test('takes only what its own browser brings, at its own address', async () => {
    const at = home({ BROWSER: 'true' });
    const { browser } = await site.logIn('alice', site.at('auth.localhost', '/.bouncer/login'));
    const running = run(['login', site.at('wiki.localhost')], at);
    const page = await pageOf(running);
    const port = new URL(page).searchParams.get('port');
    const own = `http://127.0.0.1:${port}/callback`;
    const state = new URL(page).searchParams.get('state') ?? '';
    const code = randomBytes(32).toString('base64url');
    expect((await fetchPage(`${own}?code=${code}&state=${'x'.repeat(32)}`)).status).toBe(400);
    expect((await fetchPage(`${own}?error=access_denied`)).status).toBe(400);
    expect((await fetchPage(`http://127.0.0.1:${port}/other?code=${code}&state=${state}`)).status).toBe(400);
    expect((await ask(`${own}?code=${code}&state=${state}`, { host: `evil.test:${port}` })).status).toBe(400);
    const done = await fetchPage(await answerPage(browser, page));
    expect(done).toMatchObject({ status: 200, body: expect.stringContaining('Your terminal is logged in') });
    expect(await running.done).toBe(0);
  });

  test('gives nothing for a code to whoever lacks what the program kept, and uses it up', async () => {
    const { browser } = await site.logIn('alice', site.at('auth.localhost', '/.bouncer/login'));
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const page = `${site.at('auth.localhost', '/.bouncer/terminal')}?code_challenge=${challenge}&state=${'s'.repeat(32)}&port=40000&name=x`;
    const code = new URL(await answerPage(browser, page)).searchParams.get('code') ?? '';
    const redeem = (form: Readonly<Record<string, string>>) =>
      ask(site.at('auth.localhost', '/.bouncer/terminal/token'), {}, form);
    expect(await redeem({ code, code_verifier: 'w'.repeat(43) })).toMatchObject({
      status: 400,
      body: expect.stringContaining('invalid_grant'),
    });
    expect((await redeem({ code, code_verifier: verifier })).body).toContain('invalid_grant');
  });

  test('takes the answer from its own page alone', async () => {
    const { browser } = await site.logIn('alice', site.at('auth.localhost', '/.bouncer/login'));
    const fields = {
      code_challenge: 'c'.repeat(43),
      state: 's'.repeat(32),
      port: '40000',
      name: 'x',
      answer: 'allow',
    };
    const url = site.at('auth.localhost', '/.bouncer/terminal');
    const foreign = {
      headers: { origin: site.at('wiki.localhost').slice(0, -1), 'sec-fetch-site': 'same-site' },
    };
    const posted = await browser.post(url, fields, foreign);
    expect(posted.status).toBe(403);
    expect(posted.body).not.toContain('127.0.0.1');
    for (const port of ['80', '99999', '4000x', '127.0.0.1:40000'])
      expect((await browser.post(url, { ...fields, port })).status).toBe(400);
  });

  test('keeps the logins of two terminals apart, and logs out one of them', async () => {
    const first = await logInTerminal();
    const second = home({ BROWSER: 'true' });
    const running = run(['login', site.at('wiki.localhost')], second);
    await fetchPage(await answerPage(first.browser, await pageOf(running)));
    expect(await running.done).toBe(0);
    const out = run(['logout'], second);
    expect([await out.done, out.stderr()]).toEqual([0, expect.stringContaining('logged out at')]);
    const asked = run(['access-token', site.at('wiki.localhost')], second);
    expect(await asked.done).toBe(1);
    expect((await ask(site.at('wiki.localhost'), bearer(first.token))).status).toBe(200);
    expect((await first.browser.get(site.at('auth.localhost', '/.bouncer/'))).body).toContain(
      'Your applications',
    );
  });

  test('refuses a token beside a session, on pages that are for browsers, and for a session that is too old here', async () => {
    const { browser, token } = await logInTerminal();
    await browser.get(site.at('wiki.localhost'));
    const cookie = browser.cookieFor(site.at('wiki.localhost')) ?? '';
    expect((await ask(site.at('wiki.localhost'), { ...bearer(token), cookie })).status).toBe(400);
    const page = await ask(site.at('auth.localhost', '/.bouncer/device'), bearer(token));
    expect(page.status).toBe(302);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const old = await ask(site.at('short.localhost'), bearer(token));
    expect([old.status, JSON.parse(old.body)]).toEqual([
      401,
      expect.objectContaining({ reason: 'token-expired', hint: expect.stringContaining('bouncer login') }),
    ]);
    expect((await ask(site.at('wiki.localhost'), bearer(token))).status).toBe(200);
  });

  test('ends with the session, also what still goes on', async () => {
    const { browser, token } = await logInTerminal();
    const ended = new Promise<void>((resolve, reject) => {
      const req = request(
        {
          host: '127.0.0.1',
          port: site.port,
          path: '/stream',
          headers: { host: `wiki.localhost:${site.port}`, ...bearer(token) },
        },
        (res) => {
          res.resume();
          res.once('close', () => resolve());
          void browser.post(site.at('auth.localhost', '/.bouncer/logout'), {});
        },
      );
      req.on('error', reject);
      req.end();
    });
    await ended;
    expect((await ask(site.at('wiki.localhost'), bearer(token))).status).toBe(401);
  });
});

describe('bouncer login by a typed code', () => {
  const begin = (at = home()) =>
    run(['login', site.at('wiki.localhost'), '--no-browser', '--name', 'build <b>box'], at);
  const codeOf = (running: Running): Promise<string> => find(running, /\n {2}([A-Z]{4}-[A-Z]{4})\n/);
  const url = () => site.at('auth.localhost', '/.bouncer/device');

  test('shows who asks, lets it in after a button, and says so to the terminal', async () => {
    const at = home();
    const running = begin(at);
    const code = await codeOf(running);
    const { browser, response } = await site.logIn('alice', url());
    expect(response.body).toContain('Log a terminal in');
    const typed = code.toLowerCase().replace('-', ' ');
    const shown = await browser.post(
      url(),
      { code: typed },
      { headers: { 'x-forwarded-for': '198.51.100.7' } },
    );
    expect(shown.status).toBe(200);
    for (const words of [
      'build bbox',
      '127.0.0.1',
      '198.51.100.7',
      'alice@example.com',
      'another address than yours',
    ])
      expect(shown.body).toContain(words);
    const asked = run(['access-token', site.at('wiki.localhost')], at);
    expect(await asked.done).toBe(1);
    const done = await browser.post(url(), fieldsOf(shown.body, 'allow'));
    expect(done.body).toContain('Your terminal is logged in');
    expect(await running.done).toBe(0);
    expect(site.records()).toContainEqual(
      expect.objectContaining({ event: 'terminal_login', name: 'build bbox', by: 'device' }),
    );
    // Once; a second click on the same button is told what came of the first.
    expect((await browser.post(url(), { code })).status).toBe(400);
    const again = await browser.post(url(), fieldsOf(shown.body, 'allow'));
    expect([again.status, again.body]).toEqual([200, expect.stringContaining('Your terminal is logged in')]);
    expect((await browser.post(url(), fieldsOf(shown.body, 'deny'))).status).toBe(400);
    const { browser: other } = await site.logIn('mallory', url());
    expect((await other.post(url(), fieldsOf(shown.body, 'allow'))).status).toBe(400);
  });

  test('reads no code from an address', async () => {
    const running = begin();
    const code = await codeOf(running);
    const { browser } = await site.logIn('alice', url());
    const page = await browser.get(`${url()}?user_code=${code}&code=${code}`);
    expect(page.body).not.toContain(code);
    const shown = await browser.post(url(), { code });
    await browser.post(url(), fieldsOf(shown.body, 'deny'));
    expect([await running.done, running.stderr()]).toEqual([1, expect.stringContaining('you said no')]);
  });

  test('gives ten tries, and no more', async () => {
    const { browser } = await site.logIn('alice', url());
    const from = { headers: { 'x-forwarded-for': '198.51.100.99' } };
    for (let index = 0; index < 10; index++)
      expect((await browser.post(url(), { code: 'BBBB-BBBB' }, from)).status).toBe(400);
    expect((await browser.post(url(), { code: 'BBBB-BBBB' }, from)).status).toBe(429);
  });

  test('gives no code and no token to a page of another site', async () => {
    const form = { code_challenge: 'c'.repeat(43), name: 'x' };
    const grant = { code_verifier: 'v'.repeat(43), device_code: 'd'.repeat(43) };
    for (const headers of [
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ])
      for (const [name, sent] of [
        ['device', form],
        ['token', grant],
      ] as const) {
        const answer = await ask(site.at('auth.localhost', `/.bouncer/terminal/${name}`), headers, sent);
        expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('invalid_request')]);
      }
  });

  test('tells a program at once that its code is used up', async () => {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const terminal = site.at('auth.localhost', '/.bouncer/terminal');
    const { browser } = await site.logIn('alice', url());
    for (const first of [verifier, 'w'.repeat(43)]) {
      const issued = await ask(`${terminal}/device`, {}, { code_challenge: challenge, name: 'x' });
      const { device_code, user_code } = JSON.parse(issued.body);
      const shown = await browser.post(url(), { code: user_code });
      await browser.post(url(), fieldsOf(shown.body, 'allow'));
      const redeem = async (code_verifier: string): Promise<Readonly<Record<string, unknown>>> =>
        JSON.parse((await ask(`${terminal}/token`, {}, { device_code, code_verifier })).body);
      const answer = await redeem(first);
      if (first === verifier) tokens.push(String(answer['access_token']));
      expect(Object.keys(answer)).toContain(first === verifier ? 'access_token' : 'error');
      expect(await redeem(verifier)).toEqual({ error: 'invalid_grant' });
    }
  });

  test('gives one address twenty codes in five minutes', async () => {
    const form = { code_challenge: 'c'.repeat(43), name: 'x' };
    const device = site.at('auth.localhost', '/.bouncer/terminal/device');
    const statuses: number[] = [];
    for (let index = 0; index < 21; index++)
      statuses.push((await ask(device, { 'x-forwarded-for': '203.0.113.50' }, form)).status);
    expect(statuses).toEqual([...Array(20).fill(200), 429]);
  });
});

describe('bouncer curl', () => {
  test('sends the token to the host that it is for, and to no other', async () => {
    const { at, token } = await logInTerminal();
    const got = run(['curl', '-s', '-S', site.at('wiki.localhost', '/x')], at);
    expect([await got.done, got.stderr()]).toEqual([0, '']);
    expect(JSON.parse(got.stdout())).toMatchObject({ url: '/x' });
    const away = run(['curl', '-s', site.at('wiki.localhost', '/x'), site.upstream.url], at);
    await away.done;
    expect(away.stdout()).not.toContain(token);
    expect(away.stdout()).not.toContain(Buffer.from(`bouncer:${token}`).toString('base64'));
    // An address of curl's own options is not the one that is meant.
    const named = run(['curl', '-s', '-e', 'https://example.org/', site.at('wiki.localhost', '/y')], at);
    expect([await named.done, JSON.parse(named.stdout()).url]).toEqual([0, '/y']);
    const unknown = run(['curl', 'https://example.invalid/'], at);
    expect([await unknown.done, unknown.stderr()]).toEqual([
      1,
      expect.stringContaining('you are not logged in for'),
    ]);
    const plain = run(['curl', 'http://example.com/'], at);
    expect([await plain.done, plain.stderr()]).toEqual([
      64,
      expect.stringContaining('is not reached by https'),
    ]);
  });
});

describe('where more than a login is asked for', () => {
  const authUrl = () => site.at('auth.localhost', '').replace(/\/$/, '');
  /** Allows the terminal on the page that a step-up came back to. */
  const allow = async (browser: BrowserClient, shown: BrowserResponse): Promise<void> => {
    const fields = fieldsOf(shown.body, 'allow');
    const posted = await browser.post(`${authUrl()}/.bouncer/terminal`, fields);
    const next = /url=(http:\/\/127\.0\.0\.1:\d+\/callback\?[^"]*)/i.exec(posted.body)?.[1] ?? '';
    await fetchPage(next.replaceAll('&amp;', '&'));
  };
  let key: SoftwareKey;

  beforeAll(async () => {
    const { browser } = await site.logIn('alice', site.at('auth.localhost', '/.bouncer/login'));
    key = await enrolKey(site.bouncer.settings, browser, 'alice@example.com');
  });

  test('curl has the key used in the browser, and goes on with what that brought', async () => {
    const { browser, at, token } = await logInTerminal();
    const asked = run(['curl', '-s', site.at('wiki.localhost', '/own?x=1')], at, '', true);
    const { ceremony, ask: question } = readKeyPage(await browser.get(await pageOf(asked)), authUrl());
    await allow(browser, await sendKeyAnswer(browser, authUrl(), ceremony, key.use(question)));
    expect([await asked.done, asked.stderr()]).toEqual([
      0,
      expect.stringContaining('/own asks for your security key.'),
    ]);
    expect(JSON.parse(asked.stdout())).toMatchObject({ url: '/own?x=1' });
    // What the step-up replaced is worth nothing, and what came of it holds.
    expect((await ask(site.at('wiki.localhost'), { authorization: `Bearer ${token}` })).status).toBe(401);
    const again = run(['curl', '-s', site.at('wiki.localhost', '/own')], at, '', true);
    expect([await again.done, again.stderr()]).toEqual([0, '']);
    expect(JSON.parse(again.stdout())).toMatchObject({ url: '/own' });
  });

  test('access-token and login have the provider asked for its key', async () => {
    for (const command of ['access-token', 'login']) {
      const { browser, at } = await logInTerminal();
      const asked = run([command, site.at('wiki.localhost', '/key')], at, '', true);
      const page = await browser.get(await pageOf(asked));
      await allow(browser, await logInAtProvider(browser, page, 'alice', 'hwk'));
      expect([command, await asked.done]).toEqual([command, 0]);
      const got = run(['access-token', site.at('wiki.localhost', '/key')], at);
      expect([await got.done, got.stderr()]).toEqual([0, '']);
      const token = got.stdout().trim();
      tokens.push(token);
      const opened = await ask(site.at('wiki.localhost', '/key'), { authorization: `Bearer ${token}` });
      expect([command, opened.status]).toEqual([command, 200]);
    }
  });

  test('a script, where nobody is, waits for nobody and is told', async () => {
    const { at, token } = await logInTerminal();
    const got = run(['access-token', site.at('wiki.localhost', '/own')], at);
    expect([await got.done, got.stdout().trim()]).toEqual([0, token]);
    expect(got.stderr()).toContain(`At a terminal, run: bouncer login ${site.at('wiki.localhost', '/own')}`);
    const refused = run(['curl', '-s', site.at('wiki.localhost', '/own')], at);
    expect([await refused.done, JSON.parse(refused.stdout())]).toEqual([
      0,
      expect.objectContaining({ error: 'insufficient_user_authentication' }),
    ]);
  });

  test('a typed code has the step-up before it', async () => {
    const { browser, at } = await logInTerminal();
    const asked = run(['login', site.at('wiki.localhost', '/own'), '--no-browser'], at);
    const page = await find(asked, /(http:\/\/\S+\/\.bouncer\/login\?return_to=\S+)/);
    const code = await find(asked, /\n {2}([A-Z]{4}-[A-Z]{4})\n/);
    const { ceremony, ask: question } = readKeyPage(await browser.get(page), authUrl());
    const typing = await sendKeyAnswer(browser, authUrl(), ceremony, key.use(question));
    expect(typing.url).toBe(`${authUrl()}/.bouncer/device`);
    const shown = await browser.post(typing.url, { code });
    await browser.post(typing.url, fieldsOf(shown.body, 'allow'));
    expect(await asked.done).toBe(0);
    const opened = run(['curl', '-s', site.at('wiki.localhost', '/own')], at);
    expect([await opened.done, JSON.parse(opened.stdout())]).toEqual([
      0,
      expect.objectContaining({ url: '/own' }),
    ]);
  });

  test.each([
    [['-X', 'delete', 'u'], 'DELETE'],
    [['-sX', 'PUT', 'u'], 'PUT'],
    [['-XPATCH', 'u'], 'PATCH'],
    [['-d', 'a=b', 'u'], 'POST'],
    [['--json', '{}', 'u'], 'POST'],
    [['-G', '-d', 'a=b', 'u'], 'GET'],
    [['-T', 'file', 'u'], 'PUT'],
    [['-I', 'u'], 'HEAD'],
    [['-s', 'u'], 'GET'],
  ])('curl %j is a request with %s', (args, method) => {
    expect(methodIn(args)).toBe(method);
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  'bouncer curl leaves no token behind when %s ends it',
  async (signal) => {
    const { at } = await logInTerminal();
    const folder = join(at.folder, 'tmp');
    mkdirSync(folder);
    const main = join(import.meta.dirname, '../../src/main.ts');
    const env = { ...at.env, TMPDIR: folder };
    const child = spawn(process.execPath, [main, 'curl', '-sN', site.at('wiki.localhost', '/stream')], {
      env,
    });
    const code = new Promise((resolve) => child.once('exit', resolve));
    await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(1), 20_000);
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await code).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test('a host that says it is another bouncer’s gets no token', async () => {
  const { at, token } = await logInTerminal();
  const { createServer } = await import('node:http');
  const heard: string[] = [];
  const evil = createServer((req, res) => {
    heard.push(JSON.stringify(req.headers));
    res.end(JSON.stringify({ auth_url: site.at('auth.localhost').slice(0, -1), device_login: true }));
  });
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void evil.close());
  const { port } = evil.address() as { port: number };
  const running = run(['login', `http://evil.localhost:${port}`], at);
  expect([await running.done, running.stderr()]).toEqual([1, expect.stringContaining('may open nothing at')]);
  const asked = run(['access-token', `http://evil.localhost:${port}`], at);
  expect([await asked.done, asked.stdout()]).toEqual([1, '']);
  expect(heard.join('')).not.toContain(token);
});
