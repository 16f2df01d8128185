// Access for a time through a whole bouncer on either store: asked for by who is refused, given by somebody else, ended by itself or
// at once.
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../cli/run-command.ts';
import { bothStores, type StoreOfTest } from '../fixtures/both-stores.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { type MailServer, startMailServer } from '../fixtures/mail-server.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { people, person, type Site, startSite } from '../fixtures/running-site.ts';

const rules = (approver = 'lead@example.com', more = '') => `
applications:
  - name: wiki
    label: The wiki
    host: wiki.localhost
    upstream: UPSTREAM
    contact: it@example.com
    requests: { from: [{ email_domain: example.com }], approvers: [{ email: [${approver}, admin@example.com] }], max_duration: 2h }
    policies:
      - { name: staff, action: allow, include: [{ group: admins }] }
      - { name: for a time, action: allow, include: [granted] }
${more}
    paths:
      - path: /admin
        policies: [{ name: admins for a time, action: allow, include: [granted] }]
  - name: photos
    host: photos.localhost
    upstream: UPSTREAM
    policies: [{ name: all, action: allow, include: [authenticated] }]
`;

describe.each(bothStores)('access for a time, with %s', (_name, openStore) => {
  let store: StoreOfTest;
  let site: Site;
  let mail: MailServer;
  let lead: BrowserClient;
  let admin: BrowserClient;
  beforeAll(async () => {
    store = await openStore();
    mail = await startMailServer();
    site = await startSite({
      rules: rules(),
      people: [...people, person('lead', 'lead@example.com', []), person('bob', 'bob@example.com', [])],
      settings: `${store.settings}\nsmtp: { url: "smtp://127.0.0.1:${mail.port}", from: "Wiki <wiki@example.com>" }`,
    });
    lead = (await site.logIn('lead', site.at('photos.localhost'))).browser;
    admin = (await site.logIn('admin', site.at('photos.localhost'))).browser;
  }, 120_000);
  afterAll(async () => {
    await site?.close();
    await mail?.close();
    await store?.close();
  });

  const wiki = (path = '/') => site.at('wiki.localhost', path);
  const askUrl = (to = '/') => wiki(`/.bouncer/access?to=${encodeURIComponent(to)}`);
  const approvals = (query = '') => site.at('auth.localhost', `/.bouncer/approvals${query}`);
  const events = (name: string) => site.records().filter(({ event }) => event === name);

  async function ask(browser: BrowserClient, purpose: string, to = '/'): Promise<BrowserResponse> {
    return browser.post(wiki('/.bouncer/access'), { to, purpose, duration: String(3_600_000) });
  }

  function idIn(page: BrowserResponse, name = 'request'): string {
    const id = new RegExp(`name="${name}" value="([\\w-]{22})"`).exec(page.body)?.[1];
    if (id === undefined)
      throw new Error(`no ${name} in ${page.url}: ${page.body.slice(page.body.indexOf('<h1>'))}`);
    return id;
  }

  async function command(...args: string[]): Promise<string> {
    const done = await runCommand(args, { cwd: site.folder });
    expect(done).toMatchObject({ code: 0 });
    return done.stdout;
  }

  /** What another process did is known within a second. */
  async function sees(browser: BrowserClient, status: number): Promise<void> {
    const seen = async () => (await browser.get(wiki())).status;
    await vi.waitFor(async () => expect(await seen()).toBe(status), { timeout: 20_000, interval: 20 });
  }

  async function endAllGrants(): Promise<void> {
    const { grants } = JSON.parse(await command('access', 'list', '--json'));
    for (const { id } of grants) await command('access', 'revoke', id);
  }

  it('is asked for on the page of a refusal, given from a mail, and opens what was asked for', async () => {
    const { browser, response } = await site.logIn('alice', wiki('/report?of=2026&by=week'));
    expect(response.status).toBe(403);
    expect(response.body).toContain('The wiki');
    expect(response.body).toContain('alice@example.com');
    expect(response.body).toContain('it@example.com');
    expect(response.body).toContain(
      'What is missing: a group that your account is not in; or access for a time',
    );
    expect(response.body).not.toContain('admins');
    expect(response.body).toContain('href="/.bouncer/access?to=%2Freport%3Fof%3D2026%26by%3Dweek"');
    const form = await browser.get(askUrl('/report?of=2026&by=week'));
    expect(form.body).toContain('What do you need it for?');
    expect(form.body).toContain('name="to" value="/report?of=2026&amp;by=week"');
    const far = await browser.get(wiki(`/report?${'x'.repeat(7_000)}%20${'%20'.repeat(300)}`));
    expect(far.body).toContain('href="/.bouncer/access?to=%2Freport"');
    const before = mail.mails.length;
    const asked = await ask(browser, 'the report; see https://evil.test/\u202Egnp', '/report');
    expect(asked.body).toContain('You have asked');
    expect(asked.body).toContain('the report; see https: evil. test/ gnp');
    await expect.poll(() => mail.mails.length, { timeout: 60_000 }).toBe(before + 2);
    const letters = mail.mails.slice(before);
    expect(letters.flatMap(({ to }) => to).sort()).toEqual(['admin@example.com', 'lead@example.com']);
    const letter = letters.find(({ to }) => to.includes('lead@example.com'));
    expect(letter?.text).toContain('the report; see https: evil. test/ gnp');
    const [link] = /http:\/\/auth\.localhost:\d+\/\S+/.exec(letter?.text ?? '') ?? [];
    expect(link).toMatch(/\/\.bouncer\/approvals\?request=[\w-]{22}$/);
    // The link alone gives nothing: it is a page, for who is logged in.
    const stranger = site.browser();
    expect((await stranger.get(link ?? '')).url).not.toContain('approvals');
    expect((await browser.get(wiki('/report'))).status).toBe(403);
    const page = await lead.get(link ?? '');
    expect(page.body).toContain('the request of your mail');
    expect(page.body).toContain('alice@example.com');
    const given = await lead.post(approvals(), { request: idIn(page), answer: 'give' });
    expect(given.body).toContain('Access was given.');
    expect((await browser.get(wiki('/report'))).status).toBe(200);
    // The area that was asked for, and no other.
    expect((await browser.get(wiki('/admin'))).status).toBe(403);
    await expect.poll(() => mail.mails.at(-1)?.to).toEqual(['alice@example.com']);
    expect(mail.mails.at(-1)?.text).toContain('You were given access to The wiki.');
    expect(events('access_requested').at(-1)).toMatchObject({
      ...{ application: 'wiki', area: null, email: 'alice@example.com', seconds: 3600, told: 2 },
      reason: 'the report; see https: evil. test/ gnp',
    });
    expect(events('access_granted').at(-1)).toMatchObject({
      ...{ application: 'wiki', email: 'alice@example.com', by: 'lead@example.com' },
      until: expect.stringMatching(/^\d{4}-/),
    });
    // What is open can be seen on the start page, too.
    expect((await browser.get(wiki('/.bouncer/'))).body).toContain('The wiki');
    await endAllGrants();
  });

  it('is not asked for twice, nor by who may not ask or has it already', async () => {
    const { browser: bob } = await site.logIn('bob', wiki());
    await ask(bob, 'first');
    expect((await ask(bob, 'second')).body).toContain('first');
    expect(events('access_requested').filter(({ email }) => email === 'bob@example.com')).toHaveLength(1);
    const { browser: mallory, response } = await site.logIn('mallory', wiki());
    expect(response.body).not.toContain('/.bouncer/access');
    expect((await mallory.get(askUrl())).body).toContain('There is nothing to ask for');
    expect((await ask(mallory, 'let me in')).body).toContain('There is nothing to ask for');
    const { browser: staff } = await site.logIn('admin', wiki());
    expect((await staff.get(askUrl())).body).toContain('There is nothing to ask for');
    const page = await lead.get(approvals());
    await lead.post(approvals(), { request: idIn(page), answer: 'refuse' });
    expect(events('access_refused').at(-1)).toMatchObject({
      email: 'bob@example.com',
      by: 'lead@example.com',
    });
    expect((await bob.get(wiki())).status).toBe(403);
  });

  it.each([
    ['', 'Say what you need it for.'],
    [' \u202E ', 'Say what you need it for.'],
    ['x'.repeat(201), 'longer than 200'],
  ])('is not asked for with the purpose %j', async (purpose, words) => {
    const { browser } = await site.logIn('alice', wiki());
    const count = events('access_requested').length;
    expect((await ask(browser, purpose)).body).toContain(words);
    expect(events('access_requested')).toHaveLength(count);
  });

  it('is never given by who asked for it, nor by who does not decide', async () => {
    // An approver of the one area asks for another one.
    const { browser } = await site.logIn('lead', wiki('/admin'));
    await ask(browser, 'for myself', '/admin');
    const page = await admin.get(approvals());
    const id = idIn(page);
    expect((await browser.get(approvals())).body).not.toContain('for myself');
    expect((await browser.post(approvals(), { request: id, answer: 'give' })).body).toContain(
      'That is your own request',
    );
    const { browser: bob } = await site.logIn('bob', site.at('photos.localhost'));
    expect((await bob.get(approvals())).body).toContain('Nobody asks.');
    expect((await bob.post(approvals(), { request: id, answer: 'give' })).body).toContain(
      'You do not decide',
    );
    expect((await browser.get(wiki('/admin'))).status).toBe(403);
    // No page of another site, either.
    const headers = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' };
    expect((await admin.post(approvals(), { request: id, answer: 'give' }, { headers })).status).toBe(403);
    await admin.post(approvals(), { request: id, answer: 'refuse' });
  });

  it('is given once by two who decide at once, and not by one who lost the right meanwhile', async () => {
    const { browser: bob } = await site.logIn('bob', wiki());
    await ask(bob, 'twice');
    const id = idIn(await lead.get(approvals()));
    const count = events('access_granted').length;
    const answers = await Promise.all([
      ...[lead, admin, lead, admin].map((one) => one.post(approvals(), { request: id, answer: 'give' })),
    ]);
    const said = answers.map(({ url }) => new URL(url).searchParams.get('said')).sort();
    expect(said).toEqual(['given', 'gone', 'gone', 'gone']);
    expect(events('access_granted')).toHaveLength(count + 1);
    await endAllGrants();
    await sees(bob, 403);
    await ask(bob, 'again');
    const page = await lead.get(approvals());
    site.writeRules(rules('somebody@example.com'));
    await site.bouncer.reload();
    const late = await lead.post(approvals(), { request: idIn(page), answer: 'give' });
    expect(late.body).toContain('You do not decide about that.');
    expect((await bob.get(wiki())).status).toBe(403);
    site.writeRules(rules());
    await site.bouncer.reload();
    await lead.post(approvals(), { request: idIn(page), answer: 'refuse' });
  });

  /** A stream of who has access now, and what ended it in the log. */
  function openStream(browser: BrowserClient): Promise<{ readonly ended: Promise<unknown> }> {
    return new Promise((resolve, reject) => {
      const headers = { host: new URL(wiki()).host, cookie: browser.cookieFor(wiki()) ?? '' };
      const where = { host: '127.0.0.1', port: site.port, path: '/stream', headers, agent: false };
      get(where, (response: IncomingMessage) => {
        if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`));
        const seen = site.records().filter(({ path }) => path === '/stream').length;
        const ended = new Promise<void>((done) => response.once('close', () => done())).then(() =>
          vi.waitFor(() => {
            const records = site.records().filter(({ path }) => path === '/stream');
            expect(records.length).toBeGreaterThan(seen);
            return records.at(-1)?.['cause'];
          }, 30_000),
        );
        response.on('error', () => {});
        response.once('data', () => resolve({ ended }));
        return response.resume();
      }).on('error', reject);
    });
  }

  it('ends a stream when it ends by itself, and at once when an operator or an approver ends it', async () => {
    const { browser } = await site.logIn('alice', wiki());
    await command('access', 'grant', 'Alice@example.com', 'wiki', '--for', '3s', '--reason', 'a moment');
    await sees(browser, 200);
    expect(await (await openStream(browser)).ended).toBe('no-policy-matched');
    await command('access', 'grant', 'alice@example.com', 'wiki', '--for', '1h', '--reason', 'an hour');
    await sees(browser, 200);
    const byOperator = await openStream(browser);
    await endAllGrants();
    expect(await byOperator.ended).toBe('no-policy-matched');
    await sees(browser, 403);
    await command('access', 'grant', 'alice@example.com', 'wiki', '--for', '1h', '--reason', 'an hour');
    await sees(browser, 200);
    const byApprover = await openStream(browser);
    const page = await lead.get(approvals());
    expect((await lead.post(approvals(), { end: idIn(page, 'end') })).body).toContain('It has ended.');
    expect(await byApprover.ended).toBe('no-policy-matched');
    expect((await browser.get(wiki())).status).toBe(403);
    // One of the running processes tells of what an operator did.
    await vi.waitFor(() => {
      const by = (name: string) => events(name).map((event) => event['by']);
      expect(by('access_granted').filter((who) => who === 'operator')).toHaveLength(3);
      expect(by('access_revoked')).toContain('operator');
      expect(by('access_revoked')).toContain('lead@example.com');
    }, 30_000);
  });

  it('is decided about after the step-up that the rules ask of those who decide', async () => {
    const careful = `rule_groups:
  careful: { include: [{ email: lead@example.com }], require: [hardware_key] }
`;
    const { browser: bob } = await site.logIn('bob', wiki());
    await ask(bob, 'with a key');
    const approvers = /approvers: \[[^\]]*\][^\]]*\]/;
    const strict = rules().replace(
      approvers,
      'approvers: [{ rule_group: careful }], notify: [it@example.com]',
    );
    site.writeRules(`${careful}${strict}`);
    await site.bouncer.reload();
    const { browser: keyed } = await site.logIn('lead', site.at('photos.localhost'));
    const before = await keyed.get(approvals());
    expect(before.body).not.toContain('with a key');
    expect(before.body).toContain('one more step first');
    expect((await keyed.get(site.at('auth.localhost', '/.bouncer/'))).body).toContain('/.bouncer/approvals');
    const href = /href="(\/\.bouncer\/login\?[^"]*step_up=hardware_key[^"]*)"/.exec(before.body)?.[1] ?? '';
    const at = await keyed.get(new URL(href.replaceAll('&amp;', '&'), approvals()).href);
    const page = await logInAtProvider(keyed, at, 'lead', 'hwk');
    expect(page.url).toBe(approvals());
    expect(page.body).toContain('with a key');
    await keyed.post(approvals(), { request: idIn(page), answer: 'refuse' });
    site.writeRules(rules());
    await site.bouncer.reload();
  });

  it('is decided about on a page that those who decide find from their start page, and nobody else', async () => {
    const link = 'href="/.bouncer/approvals"';
    const start = site.at('auth.localhost', '/.bouncer/');
    expect((await lead.get(start)).body).toContain(link);
    expect((await lead.get(approvals())).body).toContain('href="/.bouncer/sessions"');
    const { browser } = await site.logIn('alice', site.at('photos.localhost'));
    expect((await browser.get(start)).body).not.toContain(link);
  });

  it('is void where the rules have no `requests` any more', async () => {
    const { browser } = await site.logIn('alice', wiki());
    await command('access', 'grant', 'alice@example.com', 'wiki', '--for', '1h', '--reason', 'an hour');
    await sees(browser, 200);
    site.writeRules(rules().replace(/^ *requests: .*$/m, ''));
    await site.bouncer.reload();
    expect((await browser.get(wiki())).status).toBe(403);
    site.writeRules(rules());
    await site.bouncer.reload();
    await endAllGrants();
  });

  it('is told of to whoever decides, also where mail cannot be sent', async () => {
    const { browser: bob } = await site.logIn('bob', wiki());
    mail.mood = { refuse: 550 };
    expect((await ask(bob, 'no mail')).body).toContain('You have asked');
    await expect.poll(() => events('mail_lost').length, { timeout: 60_000 }).toBeGreaterThanOrEqual(2);
    mail.mood = {};
    const page = await lead.get(approvals());
    expect(page.body).toContain('no mail');
    await lead.post(approvals(), { request: idIn(page), answer: 'refuse' });
  });

  it('is exported and erased with its person', async () => {
    const { browser: bob } = await site.logIn('bob', wiki());
    await ask(bob, 'export me');
    await command(
      'access',
      'grant',
      'bob@example.com',
      'wiki',
      '--for',
      '1h',
      '--reason',
      'an hour',
      '--path',
      '/admin',
    );
    const exported = JSON.parse(await command('person', 'export', 'bob@example.com'));
    expect(exported).toMatchObject({
      accessRequests: [{ purpose: 'export me' }],
      grants: [{ area: '/admin', reason: 'an hour' }],
      keptForms: [],
    });
    expect(await command('person', 'erase', 'bob@example.com')).toContain('2 requests and grants of access');
    expect(await command('access', 'list')).toBe('nobody has access for a time\n');
  });

  it.each([
    [['nobody@example.com', 'nope', '--for', '1h', '--reason', 'x'], 'there is no application `nope`'],
    [['a@example.com', 'photos', '--for', '1h', '--reason', 'x'], 'no grant counts for `photos`'],
    [['a@example.com', 'wiki', '--for', '3h', '--reason', 'x'], 'for 2h at most'],
    [['a@example.com', 'wiki', '--for', '1h', '--reason', 'x', '--path', '/nope'], 'no path `/nope`'],
    [['a@example.com', 'wiki', '--for', '1h', '--reason', ' '], 'a reason has'],
    [['a@example.com', 'wiki', '--reason', 'x'], '--for'],
    [['a', 'wiki', '--for', '1h', '--reason', 'x'], 'expected an e-mail address'],
  ])('is not given with %j', async (args, words) => {
    const done = await runCommand(['access', 'grant', ...args], { cwd: site.folder });
    expect(done.code).toBe(64);
    expect(done.stderr).toContain(words);
  });
});
