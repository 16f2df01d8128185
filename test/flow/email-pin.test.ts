// Logins by a code in a mail, through a whole bouncer and a real mail server.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { codeIn } from '../fixtures/mail-server.ts';
import { testProvider } from '../fixtures/running-site.ts';
import {
  askedForAddress,
  type CodeSite,
  codeFor,
  codeRules,
  emailProvider,
  eventsOf,
  fromItsAddress,
  goesOnTo,
  logInByCode,
  loginIn,
  send,
  startCodeSite,
} from './code-site.ts';

let site: CodeSite;
const sites: CodeSite[] = [];

async function newSite(options?: Parameters<typeof startCodeSite>[0]): Promise<CodeSite> {
  const made = await startCodeSite(options);
  sites.push(made);
  return made;
}

beforeAll(async () => {
  site = await startCodeSite();
});
afterEach(async () => {
  for (const made of sites.splice(0)) await made.close();
});
afterAll(() => site.close());

/** Everything of a page that is not chance: its login's id and request number taken out. */
function withoutChance({ body, status, headers }: BrowserResponse, email: string): unknown {
  const { date, 'x-request-id': _, ...rest } = headers;
  const plain = body
    .replaceAll(/[\w-]{22}"/g, 'ID"')
    .replaceAll(/login=[\w-]{22}/g, 'login=ID')
    .replaceAll(email, 'EMAIL')
    .replaceAll(/Request number <span class="[^"]*">[^<]+</g, 'REQUEST NUMBER <');
  const { 'content-length': length, 'set-cookie': cookies, ...fields } = rest;
  return {
    status,
    plain,
    fields,
    isDated: date !== undefined,
    length: Number(length) - 2 * email.length,
    cookies,
  };
}

const wrongFor = (code: string): string => (code === '000000' ? '000001' : '000000');

describe('a person whose address a policy names', () => {
  it('gets in by the code of the mail, to where they were going', async () => {
    const browser = site.browser();
    const page = await logInByCode(site, browser);
    expect(page.url).toBe(site.at('photos.localhost', '/albums?of=2026'));
    expect(page.status).toBe(200);
    const identity = JSON.parse((await browser.get(site.at('photos.localhost', '/.bouncer/identity'))).body);
    expect(identity).toMatchObject({
      sub: 'mom@family.example',
      email: 'mom@family.example',
      groups: [],
      idp: 'email',
      amr: ['otp'],
    });
    expect(eventsOf(site, 'login').at(-1)).toMatchObject({ provider: 'email', email: 'mom@family.example' });
    expect(eventsOf(site, 'code_sent').at(-1)).toMatchObject({ email: 'mom@family.example', attempts: 1 });
  });

  it('reads in the mail what it is for, who asked and how long it holds, and no link', async () => {
    const browser = site.browser();
    await codeFor(site, browser, loginIn(await askedForAddress(site, browser)));
    const mail = site.mail.mails.at(-1);
    expect(mail?.headers.get('subject')).toBe('Your code for Family photos');
    for (const body of [mail?.text ?? '', mail?.html ?? '']) {
      expect(body).toContain('Family photos');
      expect(body).toContain(`auth.localhost:${site.port}`);
      expect(body).toContain('10 minutes');
      expect(body).not.toMatch(/https?:|href/);
    }
  });

  it.each([' 12 34 56 ', '123-456', '\u00a0123456\u00a0', '123456\n'])(
    'may type the code as it comes from copying: %j',
    async (form) => {
      const browser = site.browser();
      const login = loginIn(await askedForAddress(site, browser));
      const code = await codeFor(site, browser, login);
      const digits = [...code];
      const typed = form.replaceAll(/[0-9]/g, () => digits.shift() ?? '');
      expect(goesOnTo(await send(site, browser, { login, code: typed }))).toContain('/.bouncer/callback');
    },
  );

  it.each([
    ['  MOM@Family.Example ', 'mom@family.example'],
    ['someone@Friends.example', 'someone@friends.example'],
    ['leser@bücher.example', 'leser@xn--bcher-kva.example'],
  ])('may write the address as %j', async (typed, email) => {
    const browser = site.browser();
    await codeFor(site, browser, loginIn(await askedForAddress(site, browser)), typed);
    expect(site.mail.mails.at(-1)?.headers.get('to')).toBe(email);
  });

  it('logs in on the login host itself, too', async () => {
    const browser = site.browser();
    const page = await browser.get(site.at('auth.localhost', '/.bouncer/login'));
    const login = loginIn(page);
    const code = await codeFor(site, browser, login, 'dad@family.example');
    const end = await send(site, browser, { login, code });
    expect(end.url).toBe(site.at('auth.localhost', '/.bouncer/'));
    expect(end.body).toContain('dad@family.example');
  });

  it('reads of no other login service when they log out', async () => {
    const own = await newSite({
      providers: async ({ issuer }) => `${testProvider(issuer)}\n${emailProvider}`,
      rules: codeRules.replace(
        'host: photos.localhost',
        'host: photos.localhost\n    login_methods: [email]',
      ),
    });
    const browser = own.browser();
    await logInByCode(own, browser);
    const out = await browser.post(own.at('photos.localhost', '/.bouncer/logout'), {});
    expect(out.body).toContain('You are logged out');
    expect(out.body).not.toContain('On a shared computer');
  });

  it('gets in when the mail took longer than a login may', async () => {
    const slow = await newSite();
    const browser = slow.browser();
    const login = loginIn(await askedForAddress(slow, browser));
    const code = await codeFor(slow, browser, login);
    // The application's host has forgotten that a login began there.
    browser.dropCookies('photos.localhost');
    const next = await browser.get(goesOnTo(await send(slow, browser, { login, code })));
    expect(next.status).toBe(400);
    const page = await browser.get(slow.at('photos.localhost', '/albums'));
    expect(page.url).toBe(slow.at('photos.localhost', '/albums'));
    expect(page.status).toBe(200);
  });
});

describe('a code', () => {
  it('works once', async () => {
    const browser = site.browser();
    const login = loginIn(await askedForAddress(site, browser));
    const cookies = browser.cookiesOf('auth.localhost');
    const code = await codeFor(site, browser, login);
    const jar = new Map([...browser.cookiesOf('auth.localhost')]);
    expect(cookies.size).toBe(1);
    goesOnTo(await send(site, browser, { login, code }));
    const thief = site.browser();
    for (const [name, value] of jar) thief.setCookie('auth.localhost', name, value);
    expect((await send(site, thief, { login, code })).body).toContain(
      'That code has logged somebody in already',
    );
  });

  it('works in the browser that asked, and in no other', async () => {
    const [browser, other] = [site.browser(), site.browser()];
    const login = loginIn(await askedForAddress(site, browser));
    const code = await codeFor(site, browser, login);
    const elsewhere = await send(site, other, { login, code });
    expect(elsewhere.status).toBe(400);
    const theirs = loginIn(await askedForAddress(site, other));
    await codeFor(site, other, theirs);
    expect((await send(site, other, { login: theirs, code })).body).toContain('That code did not work');
    goesOnTo(await send(site, browser, { login, code }));
  });

  it('ends when a new one is sent', async () => {
    const browser = site.browser();
    const login = loginIn(await askedForAddress(site, browser, site.at('photos.localhost')));
    const email = 'dad@family.example';
    const first = await codeFor(site, browser, login, email);
    const second = await codeFor(site, browser, login, email);
    const page = await send(site, browser, { login, code: first });
    if (first !== second) expect(page.body).toContain('That code did not work');
    expect(page.body).toContain('only the code of the newest mail works');
    goesOnTo(await send(site, browser, { login, code: second }));
  });

  it('ends when a new one is sent, also for whoever kept the cookie of the old one', async () => {
    const browser = site.browser();
    const login = loginIn(await askedForAddress(site, browser));
    const email = 'kept@friends.example';
    const first = await codeFor(site, browser, login, email);
    const keeper = site.browser();
    for (const [name, value] of browser.cookiesOf('auth.localhost'))
      keeper.setCookie('auth.localhost', name, value);
    const second = await codeFor(site, browser, login, email);
    await send(site, keeper, { login, code: first });
    expect(eventsOf(site, 'login_failed').at(-1)).toMatchObject({
      email,
      cause: 'no code is out for it: none was sent, or it was used or ran out',
    });
    goesOnTo(await send(site, browser, { login, code: second }));
  });

  it('ends when another window of the same browser gets one, which works in both', async () => {
    const browser = site.browser();
    const [older, newer] = [
      loginIn(await askedForAddress(site, browser)),
      loginIn(await askedForAddress(site, browser, site.at('photos.localhost', '/newer'))),
    ];
    const email = 'windows@friends.example';
    const first = await codeFor(site, browser, older, email);
    const second = await codeFor(site, browser, newer, email);
    if (first !== second)
      for (const login of [older, newer])
        expect((await send(site, browser, { login, code: first })).body).toContain('only in the browser');
    const page = await browser.get(goesOnTo(await send(site, browser, { login: older, code: second })));
    expect(page.url).toBe(site.at('photos.localhost', '/albums?of=2026'));
    // The window that is left open goes on to where it was going.
    expect(goesOnTo(await send(site, browser, { login: newer, code: second }))).toContain('/newer');
    expect(eventsOf(site, 'login').filter((one) => one['email'] === email)).toHaveLength(1);
  });

  it('holds when another browser asks for one for the same address', async () => {
    const email = 'browsers@friends.example';
    const asked: { readonly browser: BrowserClient; readonly login: string; readonly code: string }[] = [];
    for (let i = 0; i < 2; i++) {
      const browser = site.browser();
      const login = loginIn(await askedForAddress(site, browser));
      asked.push({ browser, login, code: await codeFor(site, browser, login, email) });
    }
    for (const { browser, login, code } of asked) goesOnTo(await send(site, browser, { login, code }));
  });

  it('is one, however often the same form is sent', async () => {
    const browser = site.browser();
    const login = loginIn(await askedForAddress(site, browser));
    const email = 'twice@friends.example';
    const before = site.mail.mails.length;
    await Promise.all([1, 2, 3].map(() => send(site, browser, { login, email })));
    await expect.poll(() => site.mail.mails.length, { timeout: 60_000 }).toBe(before + 1);
    // Whatever the others do, they have done it by then.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(site.mail.mails.length).toBe(before + 1);
    goesOnTo(await send(site, browser, { login, code: codeIn(site.mail.mails.at(-1)) }));
  });

  it('that is sent twice, by a double click without scripts, says so to the second', async () => {
    const browser = site.browser();
    const login = loginIn(await askedForAddress(site, browser));
    const code = await codeFor(site, browser, login, 'clicks@friends.example');
    const pages = await Promise.all([1, 2].map(() => send(site, browser, { login, code })));
    const bodies = pages.map(({ body }) => body);
    expect(bodies.filter((body) => body.includes('http-equiv="refresh"'))).toHaveLength(1);
    expect(bodies.filter((body) => body.includes('That code has logged somebody in already'))).toHaveLength(
      1,
    );
    // In another browser it is a wrong code like any other.
    const other = site.browser();
    const theirs = loginIn(await askedForAddress(site, other));
    await codeFor(site, other, theirs, 'clicks@friends.example');
    expect((await send(site, other, { login: theirs, code })).body).toContain('That code did not work');
  });

  it('has five tries, and a new one has five more', async () => {
    const browser = site.browser();
    const login = loginIn(await askedForAddress(site, browser));
    const email = 'five@friends.example';
    const code = await codeFor(site, browser, login, email);
    for (let i = 0; i < 5; i++)
      expect((await send(site, browser, { login, code: wrongFor(code) })).body).toContain('did not work');
    expect((await send(site, browser, { login, code })).body).toContain('too many wrong codes');
    const next = await codeFor(site, browser, login, email);
    goesOnTo(await send(site, browser, { login, code: next }));
  });

  it.each(['', '12345', '1234567', 'abcdef', '¹²³⁴⁵⁶', '1'.repeat(10_000), '12345\u0000'])(
    'that is none is a slip of the pen and no try: %j',
    async (code) => {
      const browser = site.browser();
      const login = loginIn(await askedForAddress(site, browser));
      await send(site, browser, { login, email: 'nobody@nowhere.example' });
      for (let i = 0; i < 6; i++)
        expect((await send(site, browser, { login, code })).body).toContain('That is not a whole code');
    },
  );
});

describe('strangers', () => {
  it.each([
    'stranger@else.example',
    'denied@else.example',
    'mom@sub.family.example',
    'mom@family.example.evil.example',
    'grandma@family.example',
    // The mailbox of somebody whom a policy may keep out by name.
    'anna+2@friends.example',
    'mom+photos@family.example',
  ])('are told the same as everybody, and %s gets no mail', async (email) => {
    const [browser, admitted] = [site.browser(), site.browser()];
    const login = loginIn(await askedForAddress(site, browser));
    const theirs = loginIn(await askedForAddress(site, admitted));
    const before = site.mail.mails.length;
    const options = (one: BrowserClient) => ({ stopAt: () => true, headers: fromItsAddress(one) });
    const url = site.at('auth.localhost', '/.bouncer/code');
    const named = 'anna@friends.example';
    const answers = [
      await browser.post(url, { login, email }, options(browser)),
      await admitted.post(url, { login: theirs, email: named }, options(admitted)),
    ] as const;
    const cookieForm = ({ setCookies }: BrowserResponse): unknown =>
      setCookies.map((line) => line.replace(/=[^;]*/, '=VALUE').replace(/login_[\w-]{22}/, 'login_ID'));
    expect(cookieForm(answers[0])).toEqual(cookieForm(answers[1]));
    expect(Object.keys(answers[0].headers)).toEqual(Object.keys(answers[1].headers));
    await expect.poll(() => site.mail.mails.length, { timeout: 60_000 }).toBe(before + 1);
    const pages = [
      withoutChance(await browser.get(`${url}?login=${login}`), email),
      withoutChance(await admitted.get(`${url}?login=${theirs}`), named),
    ];
    expect(pages[0]).toEqual(pages[1]);
    const code = codeIn(site.mail.mails.at(-1));
    const refused = [
      withoutChance(await send(site, browser, { login, code }), email),
      withoutChance(await send(site, admitted, { login: theirs, code: wrongFor(code) }), named),
    ];
    expect(refused[0]).toEqual(refused[1]);
    await expect
      .poll(() => eventsOf(site, 'code_not_sent').some((one) => one['email'] === email), { timeout: 60_000 })
      .toBe(true);
    expect(site.mail.mails.length).toBe(before + 1);
  });

  it.each([
    'mom@family.example\r\nBcc: everybody@evil.example',
    'mom@family.example%0d%0aBcc:x@evil.example',
    '"mom@family.example\\r\\n"@friends.example',
    'mom@family.example,other@friends.example',
    'mom@family.example;other@friends.example',
    'Mom <mom@family.example>',
    '<mom@family.example>',
    'mom@family.example@friends.example',
    'müller@friends.example',
    'mom@[127.0.0.1]',
    'mom@127.0.0.1',
    'mom@localhost',
    'mom(comment)@friends.example',
    '@friends.example',
    'mom@',
    'm om@friends.example',
    'mom\u0000@friends.example',
    `${'a'.repeat(65)}@friends.example`,
    `${'a'.repeat(60_000)}@friends.example`,
    '.mom@friends.example',
    'mom%evil.example@friends.example',
    'evil.example!mom@friends.example',
    '=?x?q?mom=40evil.example=3e=00?=@friends.example',
    '',
  ])('cannot send mail by an address such as %j', async (email) => {
    const browser = site.browser();
    const login = loginIn(await askedForAddress(site, browser));
    const [mails, events] = [site.mail.mails.length, eventsOf(site, 'code_not_sent').length];
    const page = await send(site, browser, { login, email });
    expect(page.status).toBe(200);
    expect(page.body).toContain('This is not an e-mail address');
    expect(page.body).not.toContain('<mom@');
    expect(site.mail.mails.length).toBe(mails);
    expect(eventsOf(site, 'code_not_sent').length).toBe(events);
  });

  it('have ten mails and twenty tries an address and day together, and lock nobody out who was there before', async () => {
    const own = await newSite();
    const mom = own.browser();
    await logInByCode(own, mom);
    const email = 'mom@family.example';
    const strangers: { readonly browser: BrowserClient; readonly login: string; readonly code: string }[] =
      [];
    // One mail of the ten, and one try of the twenty, was hers.
    for (let i = 0; i < 9; i++) {
      const browser = own.browser();
      const login = loginIn(await askedForAddress(own, browser));
      strangers.push({ browser, login, code: await codeFor(own, browser, login) });
    }
    const late = own.browser();
    await send(own, late, { login: loginIn(await askedForAddress(own, late)), email });
    await expect
      .poll(() => eventsOf(own, 'code_not_sent').map(({ reason }) => reason), { timeout: 60_000 })
      .toEqual(['too-many-mails']);
    for (let i = 0; i < 19; i++) {
      const { browser, login, code } = strangers[i % 8]!;
      await send(own, browser, { login, code: wrongFor(code) });
    }
    // Even the right code is none any more, and says so in the log alone.
    const last = strangers[8]!;
    const page = await send(own, last.browser, { login: last.login, code: last.code });
    expect(page.body).toContain('That code did not work');
    expect(eventsOf(own, 'login_failed').at(-1)).toMatchObject({
      reason: 'wrong-code',
      cause: 'the tries of the day for this address are used up',
    });
    // She comes back, logged out, in the browser that was let in before.
    for (const host of ['photos.localhost', 'auth.localhost']) mom.dropCookies(host, /session/);
    const back = await logInByCode(own, mom);
    expect(back.url).toBe(own.at('photos.localhost', '/albums?of=2026'));
  });

  it('who guess at many addresses make codes longer, and keep nobody out', async () => {
    const own = await newSite();
    const mom = own.browser();
    await logInByCode(own, mom);
    const ask = async (email: string) => {
      const browser = own.browser();
      const login = loginIn(await askedForAddress(own, browser));
      await send(own, browser, { login, email });
      const mailTo = () => own.mail.mails.filter(({ to }) => to.includes(email)).at(-1);
      await expect.poll(mailTo, { timeout: 60_000 }).toBeDefined();
      return { browser, login, email, code: codeIn(mailTo()) };
    };
    const early = await ask('early@friends.example');
    expect(early.code).toMatch(/^[0-9]{6}$/);
    const guess = async (index: number): Promise<void> => {
      const { browser, login, code } = await ask(`guess${index}@friends.example`);
      for (let i = 0; i < 5; i++) await send(own, browser, { login, code: wrongFor(code) });
    };
    expect(eventsOf(own, 'codes_guessed')).toEqual([]);
    // With the one of mom's own these are 201.
    await Promise.all(Array.from({ length: 40 }, (_, index) => guess(index)));
    expect(eventsOf(own, 'codes_guessed')).toMatchObject([{ level: 'warn', tries: 200 }]);
    // What was sent with six digits before is worth nothing, and a new one is there for the asking.
    const page = await send(own, early.browser, { login: early.login, code: early.code });
    expect(page.body).toContain('That code did not work');
    const again = await codeFor(own, early.browser, early.login, early.email);
    expect(again).toMatch(/^[0-9]{10}$/);
    expect(own.mail.mails.at(-1)?.text).toContain('It is longer than usual');
    goesOnTo(await send(own, early.browser, { login: early.login, code: again.replace(/.{5}/, '$& ') }));
    // Neither is a wrong one of ten digits better than one of six.
    const wrong = await ask('late@friends.example');
    const tenWrong = wrong.code === '0000000000' ? '1111111111' : '0000000000';
    expect((await send(own, wrong.browser, { login: wrong.login, code: tenWrong })).body).toContain(
      'That code did not work',
    );
    for (const host of ['photos.localhost', 'auth.localhost']) mom.dropCookies(host, /session/);
    const back = await logInByCode(own, mom);
    expect(back.url).toBe(own.at('photos.localhost', '/albums?of=2026'));
    expect(codeIn(own.mail.mails.at(-1))).toMatch(/^[0-9]{6}$/);
    expect(eventsOf(own, 'codes_guessed')).toHaveLength(1);
  });

  it('of one address are slowed down, whomever they ask for', async () => {
    const own = await newSite();
    const browser = own.browser();
    const login = loginIn(await askedForAddress(own, browser));
    for (let i = 0; i < 30; i++)
      expect((await send(own, browser, { login, email: `s${i}@nowhere.example` })).status).toBe(200);
    const page = await send(own, browser, { login, email: 's@nowhere.example' });
    expect(page.status).toBe(429);
    expect(page.headers['retry-after']).toBe('600');
    expect(page.body).toContain('Please wait a little');
    expect(page.body).toContain('mailto:dad@family.example');
    expect((await send(own, browser, { login, email: 'mom@family.example' })).status).toBe(429);
  });
});

describe('a form', () => {
  it('of another site is not taken', async () => {
    const browser = site.browser();
    const login = loginIn(await askedForAddress(site, browser));
    const answer = await browser.post(
      site.at('auth.localhost', '/.bouncer/code'),
      { login, email: 'mom@family.example' },
      { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } },
    );
    expect(answer.status).toBe(403);
  });

  it.each([
    {},
    { login: 'x' },
    { email: 'mom@family.example' },
    { login: 'x'.repeat(22), email: 'a@b.example', code: '123456' },
    { login: 'x'.repeat(22), code: '123456' },
  ])('that makes no sense is refused: %j', async (form) => {
    const answer = await send(site, site.browser(), form as Record<string, string>);
    expect(answer.status).toBe(400);
  });

  it('and its page are on the login host alone', async () => {
    expect((await site.browser().get(site.at('photos.localhost', '/.bouncer/code'))).status).toBe(404);
  });
});

describe('a mail server', () => {
  it('that greylists delays a code, which then works', async () => {
    const own = await newSite();
    own.mail.mood = { greylist: 1 };
    const browser = own.browser();
    await logInByCode(own, browser, 'dad@family.example');
    expect(own.mail.attempts()).toBe(2);
    expect(eventsOf(own, 'code_sent')).toEqual([expect.objectContaining({ attempts: 2 })]);
  });

  it('that refuses an address is a matter of the log', async () => {
    const own = await newSite();
    own.mail.mood = { refuse: 550 };
    const browser = own.browser();
    const login = loginIn(await askedForAddress(own, browser));
    const page = await send(own, browser, { login, email: 'mom@family.example' });
    expect(page.body).toContain('Type the code from your mail');
    await expect
      .poll(() => eventsOf(own, 'code_not_sent'), { timeout: 60_000 })
      .toEqual([
        expect.objectContaining({ level: 'warn', reason: 'mail-refused', email: 'mom@family.example' }),
      ]);
    expect((await browser.get(page.url)).body).not.toContain('does not answer');
    expect(own.bouncer.readiness().warnings).toEqual({});
    // Nobody can read the code: there is none to guess.
    await send(own, browser, { login, code: '000000' });
    expect(eventsOf(own, 'login_failed').at(-1)).toMatchObject({
      cause: expect.stringContaining('no code is out for it'),
    });
  });

  it.each(['mom@family.example', 'stranger@else.example'])(
    'that is down is told to everybody afterwards, and to the operator: for %s',
    async (email) => {
      const own = await newSite();
      await own.mail.close();
      const browser = own.browser();
      const login = loginIn(await askedForAddress(own, browser));
      const page = await send(own, browser, { login, email });
      expect(page.body).not.toContain('does not answer');
      await expect
        .poll(async () => (await browser.get(page.url)).body, { timeout: 60_000 })
        .toContain('The mail server does not answer at the moment');
      expect(own.bouncer.readiness().warnings).toHaveProperty('identity_provider:email');
      expect(eventsOf(own, 'provider_unreachable')).toEqual([
        expect.objectContaining({
          provider: 'email',
          hint: 'can this machine reach the host and port in `smtp.url`?',
        }),
      ]);
    },
  );
});
