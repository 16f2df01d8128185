// The queue of mail: whoever asks for much takes no turn and no place from others.
import { afterEach, describe, expect, it } from 'vitest';
import { createMailer, type MailEnd, type Mailer } from '../../src/mail/mailer.ts';
import { startBadMailServer, startMailServer } from '../fixtures/mail-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function mailerOf(port: number): Mailer {
  const mailer = createMailer({
    smtp: () => ({
      address: { host: '127.0.0.1', port, user: null, password: null, tls: 'none' },
      from: { name: null, email: 'bouncer@example.com' },
      caFile: null,
    }),
    now: Date.now,
    onReachable: () => {},
  });
  closers.push(() => mailer.close());
  return mailer;
}

const untilMs = Date.now() + 600_000;

function post(mailer: Mailer, lane: string, number: number, ends: [string, MailEnd][] = []): boolean {
  const name = `${lane}${number}`;
  const isForStranger = lane.startsWith('stranger');
  const letter = { to: `${name}@family.example`, subject: name, text: 'text', html: '' };
  return mailer.post(letter, { untilMs, lane, isForStranger }, (end) => ends.push([name, end]));
}

describe('the queue of mail', () => {
  it('gives each lane its turn, and each its mails in their order', async () => {
    const server = await startMailServer();
    closers.push(server.close);
    const mailer = mailerOf(server.port);
    const ends: [string, MailEnd][] = [];
    for (let i = 0; i < 40; i++) post(mailer, 'flood', i, ends);
    for (let i = 0; i < 2; i++) post(mailer, 'mom', i, ends);
    await expect.poll(() => ends.length, { timeout: 60_000 }).toBe(42);
    const names = ends.map(([name]) => name);
    // Four are sent at a time: she stands second and fourth in line.
    expect(names.indexOf('mom0')).toBeLessThan(8);
    expect(names.indexOf('mom1')).toBeLessThan(8);
    expect(names.indexOf('flood39')).toBeGreaterThan(30);
    expect(new Set(ends.map(([, { kind }]) => kind))).toEqual(new Set(['accepted']));
  });

  it('when it is full takes the newest mail of whoever has most in it for somebody with less', async () => {
    const silent = await startBadMailServer(() => {});
    closers.push(silent.close);
    const mailer = mailerOf(silent.port);
    const ends: [string, MailEnd][] = [];
    let posted = 0;
    while (post(mailer, 'flood', posted, ends)) {
      posted += 1;
      if (posted > 1_000) throw new Error('the queue has no bound');
    }
    expect(posted).toBe(500);
    expect(post(mailer, 'mom', 0, ends)).toBe(true);
    expect(ends).toMatchObject([['flood499', { kind: 'crowded-out' }]]);
    expect(post(mailer, 'mom', 1, ends)).toBe(true);
    expect(ends.map(([name]) => name)).toEqual(['flood499', 'flood498']);
    // The flood may not take a place from her in turn.
    expect(post(mailer, 'flood', 500, ends)).toBe(false);
    await mailer.close();
    const stopped = ends.slice(2);
    expect(stopped.map(([name]) => name)).toEqual(expect.arrayContaining(['mom0', 'mom1']));
    expect(stopped).toHaveLength(500);
  });

  it('keeps room for who was here before, however many strangers ask for one mail each, and takes theirs first', async () => {
    const server = await startMailServer();
    closers.push(server.close);
    const mailer = mailerOf(server.port);
    const ends: [string, MailEnd][] = [];
    let strangers = 0;
    while (post(mailer, `stranger-${strangers}-`, 0, ends)) {
      strangers += 1;
      if (strangers > 1_000) throw new Error('the queue has no bound');
    }
    expect(strangers).toBe(400);
    for (let i = 0; i < 3; i++) expect(post(mailer, 'mom', i, ends)).toBe(true);
    // One mail of hers is not a stranger's to take, though her lane is the longest.
    expect(post(mailer, 'stranger-late-', 0, ends)).toBe(false);
    await expect.poll(() => ends.length, { timeout: 60_000 }).toBeGreaterThan(8);
    const names = ends.map(([name]) => name);
    for (const name of ['mom0', 'mom1', 'mom2']) expect(names.slice(0, 8)).toContain(name);
  });
});
