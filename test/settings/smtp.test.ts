// The mail server in the settings, and the provider that needs it.
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { parseMailbox, parseSmtpUrl } from '../../src/settings/smtp-url.ts';
import type { Parsed } from '../../src/source/problem.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';
import { authority } from '../fixtures/authority.ts';

function parse(text: string, env: Record<string, string> = {}, missingSecrets?: 'warn'): Parsed<Settings> {
  const document = parseYaml('bouncer.yaml', `auth_url: https://auth.example.com\n${text}`);
  const sources = {
    env,
    readFile: (path: string) => {
      if (path.endsWith('ca.pem')) return authority;
      throw Object.assign(new Error('none'), { code: 'ENOENT' });
    },
    baseDir: '/etc/bouncer',
    ...(missingSecrets === undefined ? {} : { missingSecrets }),
  };
  return document.ok ? parseSettings(document.value, sources) : document;
}

const provider = 'identity_providers: [{ id: email, type: email_pin }]\n';
const problems = (text: string, env?: Record<string, string>): string[] => {
  const parsed = parse(text, env);
  return (parsed.ok ? parsed.warnings : parsed.problems).map(({ line, code }) => `${line} ${code}`);
};

describe('the address of a mail server', () => {
  const near = { user: null, password: null };
  it.each([
    ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, tls: 'starttls', ...near }],
    ['smtp://Mail.Example.com:2525/', { host: 'mail.example.com', port: 2525, tls: 'starttls', ...near }],
    ['smtps://mail.example.com', { host: 'mail.example.com', port: 465, tls: 'implicit', ...near }],
    ['smtp://127.0.0.1', { host: '127.0.0.1', port: 25, tls: 'none', ...near }],
    ['smtp://[::1]:26', { host: '::1', port: 26, tls: 'none', ...near }],
    ['smtps://localhost', { host: 'localhost', port: 465, tls: 'implicit', ...near }],
    ['smtp://mail:25?tls=disable', { host: 'mail', port: 25, tls: 'none', ...near }],
    [
      'smtp://me%40example.com:p%2Fs%3As@mail.example.com',
      { host: 'mail.example.com', port: 587, tls: 'starttls', user: 'me@example.com', password: 'p/s:s' },
    ],
  ])('%s is read', (text, address) => {
    expect(parseSmtpUrl(text)).toEqual({ address });
  });

  it.each([
    'mail.example.com',
    'http://mail.example.com',
    'smtp://',
    'smtp://mail.example.com:0',
    'smtp://mail.example.com:70000',
    'smtp://mail.example.com/path',
    'smtp://mail.example.com?tls=off',
    'smtp://mail.example.com?tls=disable&x=1',
    'smtps://mail.example.com?tls=disable',
    'smtp://u:canary@mail.example.com?tls=disable',
    'smtp://u:canary%0d%0a@mail.example.com',
    'smtp://u:canary%zz@mail.example.com',
    'smtp://u:canary@mail example.com',
    `smtp://${'a'.repeat(5000)}`,
  ])('%s is none, and the reason does not repeat it', (text) => {
    const parsed = parseSmtpUrl(text);
    expect(parsed).toHaveProperty('fault');
    expect(JSON.stringify(parsed)).not.toContain('canary');
  });
});

describe('a sender', () => {
  it.each([
    ['a@b.example', { name: null, email: 'a@b.example' }],
    ['<a@b.example>', { name: null, email: 'a@b.example' }],
    ['Family photos <a@b.example>', { name: 'Family photos', email: 'a@b.example' }],
    ['Fotos für Mütter <a@b.example>', { name: 'Fotos für Mütter', email: 'a@b.example' }],
  ])('%s is read', (text, from) => {
    expect(parseMailbox(text)).toEqual(from);
  });

  it.each([
    'nobody',
    'a@b@c',
    'a b@c.example',
    'Name a@b.example',
    'X\r\nBcc: e@evil.example <a@b.example>',
    '"X" <a@b.example>',
    'X <a@b.example> Y',
    '<>',
    `${'x'.repeat(1000)} <a@b.example>`,
  ])('%j is none', (text) => {
    expect(parseMailbox(text)).toBeNull();
  });
});

describe('in the settings', () => {
  it('stands all that a code needs', () => {
    const parsed = parse(
      `${provider}smtp: { url: { env: SMTP_URL }, from: "B <b@example.com>", ca_file: mail-ca.pem }`,
      { SMTP_URL: 'smtps://u:p@mail.example.com' },
    );
    expect(parsed.ok && parsed.value).toMatchObject({
      identityProviders: [{ id: 'email', type: 'email_pin', label: 'Code by e-mail', emailDomains: null }],
      smtp: {
        address: { host: 'mail.example.com', port: 465, user: 'u', password: 'p', tls: 'implicit' },
        from: { name: 'B', email: 'b@example.com' },
        caFile: '/etc/bouncer/mail-ca.pem',
      },
    });
  });

  it('gives a provider of codes its domains, and takes them from the others', () => {
    const parsed = parse(`identity_providers:
  - { id: g, type: oidc, issuer: https://accounts.example.com, client_id: abc, email_domains: [corp.example] }
  - { id: email, type: email_pin, label: By mail, email_domains: [Family.example] }
smtp: { url: smtp://127.0.0.1, from: b@example.com }`);
    expect(parsed.ok && parsed.value.identityProviders).toMatchObject([
      { id: 'g', othersEmailDomains: ['family.example'] },
      { label: 'By mail', emailDomains: ['family.example'], othersEmailDomains: ['corp.example'] },
    ]);
  });

  const smtp = 'smtp: { url: smtp://127.0.0.1, from: b@example.com }\n';
  it.each([
    ['a provider of codes without a mail server', provider, ['2 no-mail-server']],
    [
      'a mail server that nothing uses',
      `identity_providers: [{ id: g, type: oidc, issuer: https://a.example.com, client_id: a }]\n${smtp}`,
      ['3 no-effect'],
    ],
    [
      'two providers of codes',
      `identity_providers: [{ id: a, type: email_pin }, { id: b, type: email_pin }]\n${smtp}`,
      ['2 duplicate-email-pin'],
    ],
    ['no address', `${provider}smtp: { from: b@example.com }`, ['3 missing-key']],
    ['no sender', `${provider}smtp: { url: smtp://127.0.0.1 }`, ['3 missing-key']],
    ['an address that is none', `${provider}smtp: { url: mail, from: b@example.com }`, ['3 bad-smtp-url']],
    ['a sender that is none', `${provider}smtp: { url: smtp://127.0.0.1, from: me }`, ['3 bad-mailbox']],
    [
      'an authority that is not there',
      `${provider}smtp: { url: smtps://m.example, from: b@example.com, ca_file: gone }`,
      ['3 file-unreadable'],
    ],
    [
      'a type that is none',
      `identity_providers: [{ id: a, type: email_pins }]\n${smtp}`,
      ['2 missing-key', '2 unknown-value', '3 no-effect'],
    ],
    [
      'no type',
      `identity_providers: [{ id: a }]\n${smtp}`,
      ['2 missing-key', '2 missing-key', '3 no-effect'],
    ],
    [
      'keys of another type',
      `identity_providers: [{ id: a, type: email_pin, issuer: https://a.example.com }]\n${smtp}`,
      ['2 unknown-key'],
    ],
    [
      'a domain that is none',
      `identity_providers: [{ id: a, type: email_pin, email_domains: ["@x"] }]\n${smtp}`,
      ['2 bad-domain'],
    ],
  ])('%s is a problem with its place', (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('an address that is not at hand is a warning where no mail is sent', () => {
    const text = `${provider}smtp: { url: { env: SMTP_URL }, from: b@example.com }`;
    expect(problems(text)).toEqual(['3 variable-not-set']);
    const parsed = parse(text, {}, 'warn');
    expect(parsed.ok && [parsed.value.smtp?.address, parsed.warnings.map(({ code }) => code)]).toEqual([
      null,
      ['variable-not-set'],
    ]);
  });
});
