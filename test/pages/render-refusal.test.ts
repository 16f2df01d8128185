import { describe, expect, test } from 'vitest';
import { failures } from '../../src/bouncer-error.ts';
import { gateReasons } from '../../src/http/gate-reasons.ts';
import { refusalText } from '../../src/pages/refusal-texts.ts';
import { createRefusalRenderer, type RefusalView, renderRefusal } from '../../src/pages/render-refusal.ts';
import { settings } from './page-fixtures.ts';

const denied: RefusalView = {
  status: 403,
  reason: 'no-policy-matched',
  requestId: 'r7k2-93ha-x0',
  applicationName: 'Payroll',
  email: 'erin@example.com',
  isLoggedIn: true,
  hostAuthUrl: 'https://auth.example.com:8443',
  retryPath: '/page?a=1&b=2',
};

describe('a refusal', () => {
  test('tells who is denied, where, under which number, and offers another account and the start page', () => {
    const page = renderRefusal(denied);
    expect(page).toContain('You do not have access');
    expect(page).toContain('erin@example.com');
    expect(page).toContain('Payroll');
    expect(page).toContain('r7k2-93ha-x0');
    expect(page).toContain('<form method="post" action="/.bouncer/logout">');
    expect(page).toContain('href="https://auth.example.com:8443"');
  });

  test('for where a request came from offers no other account', () => {
    const page = renderRefusal({ ...denied, reason: 'foreign-origin' });
    expect(page).toContain('another site');
    expect(page).not.toContain('<form');
  });

  test('leads on to the login, or to another try', () => {
    const nobody = { ...denied, email: null, isLoggedIn: false };
    const login = renderRefusal({ ...nobody, status: 401, reason: 'login-required' });
    expect(login).toMatch(/href="\/page\?a=1&amp;b=2" target="_blank" rel="noopener">Log in in a new tab</);
    const down = renderRefusal({ ...denied, status: 502, reason: 'upstream_unreachable' });
    expect(down).toMatch(/href="\/page\?a=1&amp;b=2">Try again</);
    expect(down).toContain('The application does not answer');
  });

  test.each(['//evil.example', 'javascript:alert(1)', '/\\evil.example'])(
    'never leads to %s',
    (retryPath) => {
      expect(renderRefusal({ ...denied, status: 502, reason: 'upstream_timeout', retryPath })).not.toContain(
        'evil',
      );
      expect(renderRefusal({ ...denied, status: 502, reason: 'x', retryPath })).not.toContain('javascript');
    },
  );

  test('never shows the reason’s id, nor the texts for operators', () => {
    const page = renderRefusal({ ...denied, reason: 'policy-denied', email: null });
    expect(page).not.toContain('policy-denied');
  });

  test('has words of its own for every way in which the gate and the outside can fail', () => {
    const unexpected = refusalText(0, '').title;
    for (const [reason, { status }] of Object.entries(gateReasons)) {
      expect(refusalText(status, reason).title, reason).not.toBe(unexpected);
      expect(renderRefusal({ ...denied, status, reason }), reason).toContain('<dt>Reason</dt>');
    }
    for (const [code, { status }] of Object.entries(failures)) {
      if (status !== 500) expect(refusalText(status, code).title, code).not.toBe(unexpected);
    }
  });

  test.each(['__proto__', 'constructor', 'toString'])(
    'has the status’s words for the reason %s',
    (reason) => {
      expect(refusalText(404, reason).title).toBe('There is nothing here');
      expect(renderRefusal({ ...denied, status: 404, reason })).not.toContain('<dt>Reason</dt>');
    },
  );

  test('comes with the header fields of a page, under names that do not clash in case', () => {
    const { html, headers } = createRefusalRenderer(() => settings)(denied);
    expect(html).toBe(renderRefusal(denied));
    expect(headers).toMatchObject({
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    });
    expect(headers['Content-Security-Policy']).toContain('https://login.corp.example');
  });

  test('asks for no HTTPS where there is none', () => {
    const plain = { ...settings, authUrl: 'http://auth.localhost:8080' };
    const { headers } = createRefusalRenderer(() => plain)(denied);
    expect(Object.keys(headers)).not.toContain('Strict-Transport-Security');
  });
});
