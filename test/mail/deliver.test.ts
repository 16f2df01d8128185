// One attempt to hand a mail in, at real servers that do what mail servers do.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deliver } from '../../src/mail/deliver.ts';
import { type RenderedLetter, renderLetter } from '../../src/mail/letter.ts';
import type { SmtpAddress, SmtpSettings } from '../../src/settings/settings.ts';
import { type MailServerOptions, startBadMailServer, startMailServer } from '../fixtures/mail-server.ts';
import { type Certificates, createCertificates } from '../upstream/forward/certificates.ts';

let certificates: Certificates;
const closers: (() => Promise<void>)[] = [];

beforeAll(() => {
  certificates = createCertificates();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => certificates.remove());

const letter: RenderedLetter = renderLetter(
  {
    to: 'mom@family.example',
    language: 'en',
    subject: 'Your code for Fotos für Mütter',
    title: '123456 is your code.',
    code: '123456',
    text: ['Type it into the page that asked for it — now.', 'A <b>second</b> paragraph & more.'],
    facts: [{ name: 'Site', value: 'auth.example.com' }],
    closing: 'You did not ask for it?',
  },
  { name: 'Acme & Sons', color: '#0b5fff' },
);

function settings(port: number, address: Partial<SmtpAddress> = {}, ca = true): SmtpSettings {
  return {
    address: { host: 'localhost', port, user: null, password: null, tls: 'none', ...address },
    from: { name: 'Bouncer "of" Example, Inc.', email: 'bouncer@example.com' },
    caFile: ca ? certificates.caFile : null,
  };
}

const attempt = (
  smtp: SmtpSettings,
  mail: RenderedLetter | null = letter,
  signal = new AbortController().signal,
) => deliver(smtp, mail, signal);

async function server(options: MailServerOptions = {}) {
  const started = await startMailServer(options);
  closers.push(started.close);
  return started;
}

async function bad(greet: Parameters<typeof startBadMailServer>[0]) {
  const started = await startBadMailServer(greet);
  closers.push(started.close);
  return started;
}

describe('a mail', () => {
  it('arrives as text and as HTML that say the same, and says that a machine wrote it', async () => {
    const { port, mails } = await server();
    expect(await attempt(settings(port))).toEqual({ kind: 'accepted' });
    const [mail] = mails;
    expect(mail).toMatchObject({
      from: 'bouncer@example.com',
      to: ['mom@family.example'],
      isEncrypted: false,
    });
    expect(mail?.headers.get('to')).toBe('mom@family.example');
    expect(mail?.headers.get('from')).toBe('"Bouncer \\"of\\" Example, Inc." <bouncer@example.com>');
    expect(mail?.headers.get('subject')).toMatch(/^=\?UTF-8\?Q\?/);
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail?.headers.get('date')).toBeDefined();
    expect(mail?.headers.get('message-id')).toMatch(/@example\.com>$/);
    expect(mail?.text).toContain('123456');
    expect(mail?.text).toContain('A <b>second</b> paragraph & more.');
    expect(mail?.html).toContain('A &lt;b&gt;second&lt;/b&gt; paragraph &amp; more.');
    expect(mail?.html).not.toMatch(/<a |href|src=|url\(/i);
    expect(mail?.text).toContain('Acme & Sons');
    expect(mail?.html).toContain('Acme &amp; Sons');
    expect(mail?.html).toContain('border-top:4px solid #0b5fff');
  });

  it.each([
    ['STARTTLS', 'starttls', 'starttls'],
    ['TLS from the start', 'implicit', 'implicit'],
  ] as const)('goes by %s to a server that proves its name, with the password', async (_, tls, wanted) => {
    const certificate = certificates.issue('mail', 'DNS:localhost');
    const { port, mails } = await server({ tls, certificate, password: 'pass word' });
    const address = { tls: wanted, user: 'bouncer', password: 'pass word' };
    expect(await attempt(settings(port, address))).toEqual({ kind: 'accepted' });
    expect(mails[0]).toMatchObject({ isEncrypted: true, user: 'bouncer' });
  });
});

describe('a mail does not go', () => {
  it.each([
    ['starttls', 'another name', 'DNS:elsewhere.example', true],
    ['implicit', 'another name', 'DNS:elsewhere.example', true],
    ['starttls', 'an authority that nobody named', 'DNS:localhost', false],
    ['implicit', 'an authority that nobody named', 'DNS:localhost', false],
  ] as const)('by %s to a server with a certificate for %s', async (tls, _, name, hasCa) => {
    const certificate = certificates.issue('other', name);
    const { port, mails } = await server({ tls, certificate, password: 'p' });
    const address = { tls, user: 'u', password: 'p' } as const;
    const delivery = await attempt(settings(port, address, hasCa));
    expect(delivery).toMatchObject({ kind: 'later', isOurTrouble: true });
    expect(delivery).toHaveProperty('hint', expect.stringContaining('certificate'));
    expect(mails).toEqual([]);
  });

  it('in the clear where STARTTLS is wanted and not there, nor does the password', async () => {
    const said: string[] = [];
    const { port } = await bad((socket) => {
      socket.write('220 mail\r\n');
      socket.on('data', (data) => {
        said.push(String(data));
        socket.write(/^EHLO/.test(String(data)) ? '250-mail\r\n250 AUTH PLAIN\r\n' : '502 no\r\n');
      });
    });
    const address = { tls: 'starttls', user: 'u', password: 'canary-password' } as const;
    expect(await attempt(settings(port, address))).toMatchObject({ kind: 'later', isOurTrouble: true });
    expect(said.join('')).not.toMatch(/AUTH|MAIL FROM/);
  });

  it.each([
    [{ refuse: 550 }, { kind: 'refused', isOurTrouble: false }],
    [{ refuse: 451 }, { kind: 'later', isOurTrouble: false }],
    [{ refuseContent: 554 }, { kind: 'refused', isOurTrouble: false }],
    [{ refuseContent: 452 }, { kind: 'later', isOurTrouble: false }],
    [{ refuseSender: 553 }, { kind: 'refused', isOurTrouble: true }],
    [{ refuseSender: 421 }, { kind: 'later', isOurTrouble: true }],
  ])('to a server that answers %j', async (mood, expected) => {
    const started = await server();
    started.mood = mood;
    expect(await attempt(settings(started.port))).toMatchObject(expected);
    expect(started.mails).toEqual([]);
  });

  it('with a wrong password, which no text repeats', async () => {
    const { port } = await server({ password: 'right' });
    const delivery = await attempt(settings(port, { user: 'bouncer', password: 'canary-wrong' }));
    expect(delivery).toMatchObject({ kind: 'refused', isOurTrouble: true });
    expect(delivery).toHaveProperty('hint', 'see the user name and password in `smtp.url`');
    expect(JSON.stringify(delivery)).not.toContain('canary');
  });

  it('to a server that is down, or a name that nobody has', async () => {
    const { port, close } = await server();
    await close();
    closers.splice(0);
    expect(await attempt(settings(port))).toMatchObject({
      kind: 'later',
      isOurTrouble: true,
      hint: 'can this machine reach the host and port in `smtp.url`?',
    });
    expect(await attempt(settings(25, { host: 'nobody.invalid' }))).toMatchObject({ kind: 'later' });
  });

  it('to a server that speaks something else, or closes at once', async () => {
    const web = await bad((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await attempt(settings(web.port))).toMatchObject({ kind: 'later', isOurTrouble: true });
    const shut = await bad((socket) => socket.end());
    expect(await attempt(settings(shut.port))).toMatchObject({ kind: 'later', isOurTrouble: true });
  });

  it('without the address of a server, or the file of its authority', async () => {
    const gone = { ...settings(25), address: null };
    expect(await attempt(gone)).toMatchObject({
      kind: 'later',
      cause: expect.stringContaining('not at hand'),
    });
    expect(await attempt({ ...settings(25), caFile: '/nowhere/ca.pem' })).toMatchObject({ kind: 'later' });
  });
});

describe('a server that keeps one waiting', () => {
  it('silently is left after ten seconds', async () => {
    const silent = await bad(() => {});
    expect(await attempt(settings(silent.port))).toMatchObject({ kind: 'later', isOurTrouble: true });
    await expect.poll(silent.open, { timeout: 20_000 }).toBe(0);
  });

  it('by a greeting that never ends is left all the same', async () => {
    const dripping = await bad((socket) => {
      const timer = setInterval(() => socket.write('220-still here\r\n'), 500);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await attempt(settings(dripping.port))).toMatchObject({ kind: 'later', isOurTrouble: true });
    await expect.poll(dripping.open, { timeout: 20_000 }).toBe(0);
  });

  it('is left at once when bouncer stops', async () => {
    const silent = await bad(() => {});
    const abort = new AbortController();
    const attempted = attempt(settings(silent.port), letter, abort.signal);
    await expect.poll(silent.open).toBe(1);
    abort.abort();
    expect(await attempted).toMatchObject({ kind: 'later', cause: 'bouncer is stopping' });
    await expect.poll(silent.open, { timeout: 20_000 }).toBe(0);
  });
});

it('only looks whether the server answers', async () => {
  const { port, mails, connections } = await server();
  expect(await attempt(settings(port), null)).toEqual({ kind: 'accepted' });
  expect(connections()).toBe(1);
  expect(mails).toEqual([]);
});
