import { describe, expect, test } from 'vitest';
import { failures } from '../../src/bouncer-error.ts';
import { languages } from '../../src/http/accept-language.ts';
import { refusalPages } from '../../src/http/refusal-pages.ts';
import { type Reason, refusals } from '../../src/http/refusals.ts';
import { createRefusalRenderer, renderRefusal as renderIn } from '../../src/pages/render-refusal.ts';
import type { Denial } from '../../src/rules/model/denial.ts';
import type { RefusalView } from '../../src/rules/model/refusal-view.ts';
import { textsIn } from '../../src/texts/texts.ts';
import { settings } from './page-fixtures.ts';

const renderRefusal = (name: string, view: RefusalView) =>
  renderIn(view, { brand: { name, logo: null, color: null }, texts: textsIn('en') });

const denied: RefusalView = {
  reason: 'no-policy-matched',
  requestId: 'r7k2-93ha-x0',
  application: { label: 'Payroll', contact: null, deniedText: null },
  denial: null,
  opensNothing: false,
  askHref: null,
  email: 'erin@example.com',
  emailFault: null,
  isLoggedIn: true,
  hostAuthUrl: 'https://auth.example.com:8443',
  retryPath: '/page?a=1&b=2',
};

describe('a refusal', () => {
  test('tells who is denied, where, under which number, and offers another account and the start page', () => {
    const page = renderRefusal('bouncer', denied);
    expect(page).toContain('You do not have access');
    expect(page).toContain('erin@example.com');
    expect(page).toContain('Payroll');
    expect(page).toContain('r7k2-93h');
    expect(page).toContain('href="/.bouncer/login?account=other&amp;return_to=%2Fpage%3Fa%3D1%26b%3D2"');
    expect(page).toContain('href="https://auth.example.com:8443"');
  });

  test('names whom to ask, and says the application’s own words where its rules said no', () => {
    const application = {
      label: 'Payroll',
      contact: 'pay@example.com',
      deniedText: 'For the office <only>.',
    };
    const page = renderRefusal('Acme', { ...denied, application });
    expect(page).toContain('<a href="mailto:pay@example.com">pay@example.com</a>');
    expect(page).toContain('For the office &lt;only&gt;.');
    expect(page).not.toContain('ask whoever runs this service');
    expect(page).toContain('<title>You do not have access · Acme</title>');
    const down = renderRefusal('Acme', {
      ...denied,
      reason: 'upstream_unreachable',
      application: { ...application, contact: 'https://help.example.com/pay' },
    });
    expect(down).toContain(
      '<a href="https://help.example.com/pay" rel="noreferrer">help.example.com/pay</a>',
    );
    expect(down).not.toContain('For the office');
  });

  test('offers another account first where this one opens nothing', () => {
    const first = (page: string) => /<a class="button" [^>]*>([^<]+)</.exec(page)?.[1];
    expect(first(renderRefusal('bouncer', denied))).toBe('See what you can open');
    const page = renderRefusal('bouncer', { ...denied, opensNothing: true });
    expect(first(page)).toBe('Log in as someone else');
    expect(page).not.toContain('See what you can open');
  });

  test('for where a request came from offers no other account', () => {
    const page = renderRefusal('bouncer', { ...denied, reason: 'foreign-origin' });
    expect(page).toContain('another site');
    expect(page).not.toContain('account=other');
  });

  test('says why an address does not count where rules said no, and nowhere else', () => {
    const outside = { ...denied, email: null, emailFault: 'email-outside-provider' } as const;
    for (const reason of ['no-policy-matched', 'policy-denied'] as const)
      expect(renderRefusal('bouncer', { ...outside, reason })).toContain('(email-outside-provider)');
    expect(renderRefusal('bouncer', { ...outside, reason: 'upstream_timeout' })).not.toContain(
      'email-outside-provider',
    );
    expect(renderRefusal('bouncer', { ...outside, emailFault: 'email-not-verified' })).toContain(
      '(email-not-verified)',
    );
    expect(renderRefusal('bouncer', denied)).not.toContain('(email-');
  });

  test('says what was missing where rules said no, and nowhere else', () => {
    const said = (denial: Denial | null, more: Partial<RefusalView> = {}) =>
      renderRefusal('bouncer', { ...denied, denial, ...more });
    const one: Denial = { kind: 'missing', ways: [{ lacks: [['group']] }] };
    expect(said(one)).toContain('<p>What is missing: a group that your account is not in.</p>');
    expect(said(one, { reason: 'policy-denied' })).toContain('What is missing: a group');
    expect(said(one, { reason: 'upstream_timeout' })).not.toContain('What is missing');
    expect(said(null)).not.toContain('What is missing');
    expect(said({ kind: 'missing', ways: [] })).not.toContain('What is missing');
    const several: Denial = {
      kind: 'missing',
      ways: [{ lacks: [['group', 'address'], ['network']] }, { label: 'a place in <the team>.' }],
    };
    expect(said(several)).toContain(
      'What is missing: a group that your account is not in or another address than yours, and also another network than the one that you come from; or a place in &lt;the team&gt;.',
    );
    expect(said({ kind: 'rule', label: 'nobody works on Sundays' }, { reason: 'policy-denied' })).toContain(
      'The reason: nobody works on Sundays.',
    );
  });

  test('says no more than the application’s own words, where it has them', () => {
    const application = { label: 'Payroll', contact: null, deniedText: 'For the office.' };
    const denial: Denial = { kind: 'missing', ways: [{ lacks: [['network']] }] };
    const page = renderRefusal('bouncer', { ...denied, application, denial });
    expect(page).toContain('For the office.');
    expect(page).not.toContain('What is missing');
  });

  test('speaks of no account to who has none', () => {
    const page = renderRefusal('bouncer', { ...denied, isLoggedIn: false, email: null });
    expect(page).toContain('a login would not change that');
    expect(page).not.toContain('Your account');
  });

  test('leads on to the login, or to another try', () => {
    const nobody = { ...denied, email: null, isLoggedIn: false };
    const login = renderRefusal('bouncer', { ...nobody, reason: 'login-required' });
    expect(login).toMatch(/href="\/page\?a=1&amp;b=2" target="_blank" rel="noopener">Log in in a new tab</);
    const down = renderRefusal('bouncer', { ...denied, reason: 'upstream_unreachable' });
    expect(down).toMatch(/href="\/page\?a=1&amp;b=2">Try again</);
    expect(down).toContain('The application does not answer');
  });

  test.each(['//evil.example', 'javascript:alert(1)', '/\\evil.example'])(
    'never leads to %s',
    (retryPath) => {
      expect(renderRefusal('bouncer', { ...denied, reason: 'upstream_timeout', retryPath })).not.toContain(
        'evil',
      );
      expect(renderRefusal('bouncer', { ...denied, reason: 'login-required', retryPath })).not.toContain(
        'javascript',
      );
    },
  );

  test('never shows the reason’s id, nor the texts for operators', () => {
    const page = renderRefusal('bouncer', { ...denied, reason: 'policy-denied', email: null });
    expect(page).not.toContain('policy-denied');
  });

  test('says why where the request itself was at fault, and only there', () => {
    for (const reason of Object.keys(refusals) as Reason[]) {
      const { page, status } = refusals[reason];
      const html = renderRefusal('bouncer', { ...denied, reason });
      expect(html.includes('<dt>Reason</dt>'), reason).toBe(refusalPages[page].isExplained);
      if (status >= 500 && status !== 501 && status !== 505 && reason !== 'maintenance')
        expect(html, reason).toContain('the request number below');
    }
  });

  test('has words of its own for every way in which the outside can fail', () => {
    for (const language of languages) {
      const titleOf = (reason: Reason) => textsIn(language).refusals[refusals[reason].page].title;
      for (const [code, { refusal }] of Object.entries(failures))
        if (refusal !== 'internal') expect(titleOf(refusal), code).not.toBe(titleOf('internal'));
    }
  });

  test('comes with the header fields of a page, under names that do not clash in case', () => {
    const { html, headers } = createRefusalRenderer(() => settings)({ ...denied, language: 'en' });
    expect(html).toBe(renderRefusal('bouncer', denied));
    expect(headers).toMatchObject({
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    });
    expect(headers['Content-Security-Policy']).toContain('https://login.corp.example');
  });

  test('is in the language of who asked, and says so; the operator’s own words stay as they are', () => {
    const application = { label: 'Payroll', contact: null, deniedText: 'Only for the office.' };
    const { html, headers } = createRefusalRenderer(() => settings)({
      ...denied,
      application,
      language: 'de',
    });
    expect(headers).toMatchObject({ 'Content-Language': 'de', Vary: 'Accept-Language' });
    expect(html).toContain('<html lang="de">');
    expect(html).toContain('Sie haben keinen Zugriff');
    expect(html).toContain('Only for the office.');
    expect(html).toContain('<dt>Angemeldet als</dt>');
  });

  test('asks for no HTTPS where there is none', () => {
    const plain = { ...settings, authUrl: 'http://auth.localhost:8080' };
    const { headers } = createRefusalRenderer(() => plain)({ ...denied, language: 'en' });
    expect(Object.keys(headers)).not.toContain('Strict-Transport-Security');
  });
});
