import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSecrets } from '../../src/source/mask-secrets.ts';
import type { Problem } from '../../src/source/problem.ts';
import { renderProblems } from '../../src/source/render-problems.ts';
import { anyCharacter } from '../fixtures/any-character.ts';

function problem(line: number, column: number, endColumn: number, more: Partial<Problem> = {}): Problem {
  return { file: 'f.yaml', line, column, endColumn, severity: 'error', code: 'x', reason: 'wrong', ...more };
}

function render(text: string, ...problems: readonly Problem[]): string {
  return renderProblems(problems, new Map([['f.yaml', text]]), { isColored: false });
}

describe('a problem is printed', () => {
  it('with its place, its line, an underline and its hint, and counted', () => {
    expect(render('a: 1\nb: two\n', problem(2, 4, 7, { hint: 'write `2`' }))).toBe(
      [
        'f.yaml:2:4: error: wrong',
        ' 2 | b: two',
        '   |    ^^^',
        '   hint: write `2`',
        '',
        '1 error',
        '',
      ].join('\n'),
    );
  });

  it('in the order of files and lines, warnings and errors counted apart', () => {
    const warning = problem(1, 1, 2, { severity: 'warning', reason: 'odd' });
    const other = problem(1, 1, 2, { file: 'a.yaml' });
    expect(render('a: 1\nb: 2\n', problem(2, 1, 2), warning, other, problem(1, 4, 5))).toBe(
      [
        'a.yaml:1:1: error: wrong',
        '',
        'f.yaml:1:1: warning: odd',
        ' 1 | a: 1',
        '   | ^',
        '',
        'f.yaml:1:4: error: wrong',
        ' 1 | a: 1',
        '   |    ^',
        '',
        'f.yaml:2:1: error: wrong',
        ' 2 | b: 2',
        '   | ^',
        '',
        '3 errors, 1 warning',
        '',
      ].join('\n'),
    );
  });

  it('as nothing when there is none', () => {
    expect(render('a: 1\n')).toBe('');
  });

  it('without a line where the text is unknown, or the line is empty or beyond the end', () => {
    const bare = 'f.yaml:3:1: error: wrong\n\n1 error\n';
    expect(renderProblems([problem(3, 1, 2)], new Map(), { isColored: false })).toBe(bare);
    expect(render('a\n\n \n', problem(3, 1, 2))).toBe(bare);
    expect(render('a', problem(3, 1, 2))).toBe(bare);
  });

  it('with the underline under its word behind tabs and wide letters', () => {
    expect(render('\ta: 日本 x', problem(1, 8, 9))).toContain(' 1 | \ta: 日本 x\n   | \t        ^\n');
    expect(render('a: 日本', problem(1, 4, 6))).toContain('   |    ^^^^\n');
    expect(render('a: 😀 x', problem(1, 7, 8))).toContain('   |       ^\n');
  });

  it('with a window of a very long line', () => {
    const text = `a: ${'x'.repeat(5000)}!${'y'.repeat(5000)}`;
    const lines = render(text, problem(1, 5004, 5005)).split('\n');
    const shown = lines[1] ?? '';
    expect(shown.length).toBeLessThan(180);
    expect(shown[(lines[2] ?? '').indexOf('^')]).toBe('!');
  });

  it('with nothing that a terminal would act on', () => {
    const out = render('a: \u001b[2J\u202e\u0007x', problem(1, 10, 11));
    expect(out).not.toMatch(/[\u001b\u202e\u0007]/);
    expect(out).toContain('a: \uFFFD[2J\uFFFD\uFFFDx');
  });

  it('in colours on a terminal, and the same without them', () => {
    const problems = [problem(1, 1, 2, { hint: 'h' }), problem(1, 4, 5, { severity: 'warning' })];
    const texts = new Map([['f.yaml', 'a: 1']]);
    const colored = renderProblems(problems, texts, { isColored: true });
    expect(colored).toContain('\u001b[1;31merror:\u001b[0m');
    expect(colored.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(
      renderProblems(problems, texts, { isColored: false }),
    );
  });

  it('for any place in any text without a throw', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: anyCharacter }),
        fc.nat(5),
        fc.nat(50),
        fc.nat(50),
        (text, line, column, width) => {
          return render(text, problem(line + 1, column + 1, column + 1 + width)).endsWith('1 error\n');
        },
      ),
    );
  });
});

const secret = 'hunter2-canary';

describe('a secret in a line is hidden', () => {
  it.each([
    [`client_secret: ${secret}`],
    [`  - { id: g, client_secret: ${secret}, scopes: [a] }`],
    [`    "client_secret": "${secret}"`],
    [`client_secret : '${secret}'`],
    [`client_secrt: ${secret}`],
    [`clientSecret: ${secret}`],
    [`client-secret: ${secret}`],
    [`secret: ${secret}`],
    [`client_secret ${secret}`],
    [`client_secret=${secret}`],
    [`client_secret:${secret}`],
    [`password: ${secret}`],
    [`db_passwd: ${secret}`],
    [`issuer: https://user:${secret}@example.com/`],
    [`upstream: http://user:${secret}@127.0.0.1:80`],
    [`client_secret: { enw: ${secret} }`],
    [`client_secret: |\n  ${secret}\n  ${secret}`],
    [`client_secret: >-\n\n    ${secret}\nb: 1`],
    [`  - client_secret: "\n      ${secret}"\n    b: 1`],
    [`client_secret:\n  ${secret}`],
    [`client_ ecret: ${secret}`],
    [`client_\nsecret: ${secret}`],
    [`client_secre\nt: ${secret}`],
    [`client_secret# ${secret}`],
    [`client_secret\n: ${secret}`],
    [`client_secret: |\n:    ${secret}`],
    [`client_secret: ]\n  ${secret}`],
    [`client_secret:\n  - ${secret}\n  - a: ${secret}`],
  ])('%j', (text) => {
    const lines = text.split('\n');
    const problems = lines.flatMap((line, index) => [
      problem(index + 1, 1, 3),
      problem(index + 1, Math.max(line.indexOf(secret) + 1, 1), line.length + 1),
    ]);
    expect(text).toContain(secret);
    expect(render(text, ...problems)).not.toContain(secret);
    expect(render(text, ...problems)).toContain('[hidden]');
  });

  it('and what surrounds it is not, with the underline still under its word', () => {
    expect(
      render(
        `a: https://u:${secret}@example.com/x # y`,
        problem(1, 13 + secret.length + 2, 13 + secret.length + 13),
      ),
    ).toContain(' 1 | a: https://[hidden]@example.com/x # y\n   |                     ^^^^^^^^^^^\n');
  });
});

it.each([0, 98, 99, 100, 101, 199, 250])('a secret behind %d other lines is hidden too', (count) => {
  const text = `${'a: 1\n'.repeat(count)}client_secret: |\n  ${secret}\n  ${secret}\n`;
  const problems = [1, 2, 3].map((line) => problem(count + line, 1, 30));
  expect(render(text, ...problems)).not.toContain(secret);
});

describe('nothing is hidden in', () => {
  it.each([
    ['client_secret: { env: GOOGLE_CLIENT_SECRET }'],
    ['client_secret: { file: /run/secrets/google }'],
    ['client_secret:\n  env: GOOGLE_CLIENT_SECRET'],
    ['client_secret:\n  file: /run/secrets/google'],
    ['- { id: a, client_secret: { env: CLIENT_SECRET }, scopes: [openid] }'],
    ['# the secret\nclient_secret: { env: CLIENT_SECRET } # secret'],
    ['cert_file: /run/secrets/cert.pem'],
    ['tls: { cert_file: cert.pem, key_file: key.pem }'],
    ['include: [{ service_token: ci }, any_service_token]'],
    ['require: [hardware_key]'],
    ['require: [hardware_key: { max_age: 12h }]'],
    ['issuer: https://accounts.google.com/x?y=a@b'],
    ['auth_url: https://auth.example.com:8443'],
    ['groups_claim: groups'],
    ['idle_timeout: 8h'],
  ])('%j', (text) => {
    expect([...findSecrets(text.split('\n')).entries()]).toEqual([]);
  });
});
