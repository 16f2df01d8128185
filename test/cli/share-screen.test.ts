import { expect, test } from 'vitest';
import { clockOf, ShareScreen } from '../../src/cli/share/share-screen.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

test('the end of a share is a time of today, or says its day', () => {
  const evening = new Date(2026, 10, 26, 16, 24, 2).getTime();
  expect(clockOf(new Date(2026, 10, 26, 18, 5, 9).getTime(), evening)).toBe('18:05:09');
  expect(clockOf(new Date(2026, 10, 27, 16, 23, 29).getTime(), evening)).toBe('16:23:29 on 2026-11-27');
});

test('what goes wrong with the site is said once, until it answers again or something else goes wrong', () => {
  let said = '';
  const out = { write: (text: string) => (said += text) };
  const terminal = { stdout: out, stderr: out, env: {} } as unknown as Terminal;
  const login = { authUrl: 'http://auth.localhost', token: '', who: '' };
  const screen = new ShareScreen(
    terminal,
    {
      login,
      name: 'a-b-c-d',
      url: 'http://a/',
      expiresAtMs: 0,
      addresses: [],
      pins: [],
      mailed: [],
    } as never,
    { port: 1313, emails: [], forMs: null, hasLetters: false },
  );
  const visit = (reason?: string): void =>
    screen.onVisit({
      ...{
        type: 'visited',
        who: 'mom@family.test',
        method: 'GET',
        path: '/',
        status: reason ? 504 : 200,
        ms: 1,
      },
      ...(reason === undefined ? {} : { reason }),
    });
  const times = (text: string): number => said.split(text).length - 1;
  for (const reason of [
    'upstream_timeout',
    'upstream_timeout',
    'upstream_broken',
    undefined,
    'upstream_broken',
  ])
    visit(reason);
  // By the way of one connection alone, perhaps: whether nothing listens the connector says.
  visit('upstream_unreachable');
  expect(times('http://localhost:1313 did not answer in time')).toBe(1);
  expect(times('http://localhost:1313 did not answer as a web site does')).toBe(2);
  expect(times('nothing answers')).toBe(0);
  screen.onSiteMissing();
  screen.onSiteMissing();
  expect(times('nothing answers at http://localhost:1313')).toBe(1);
  screen.onOver('asked');
  expect(said).toContain('mom@family.test (6)');
});
