// The place of mail that goes nowhere: what it keeps, and how much of it.
import { expect, it } from 'vitest';
import { createMailbox, mostKept } from '../../src/mail/mailbox.ts';
import type { MailEnd } from '../../src/mail/mailer.ts';

const posting = { untilMs: 1, lane: 'mom', isForStranger: false };
const letter = (subject: string, characters = 10) => ({
  to: 'mom@family.example',
  subject,
  text: 'x'.repeat(characters),
  html: '',
});

it('keeps the newest letters, newest first, and tells who posted them that they arrived', async () => {
  let nowMs = 1_000;
  const mailbox = createMailbox(() => nowMs);
  const ends: MailEnd[] = [];
  for (let i = 1; i <= mostKept + 3; i++) {
    nowMs += 1;
    expect(mailbox.post(letter(`number ${i}`), posting, (end) => ends.push(end))).toBe(true);
  }
  // Whoever posts a letter is told later, as by a queue.
  expect(ends).toEqual([]);
  await expect.poll(() => ends.length).toBe(mostKept + 3);
  expect(new Set(ends.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
  const kept = mailbox.letters();
  expect(kept).toHaveLength(mostKept);
  expect(kept[0]).toMatchObject({ number: mostKept + 3, subject: `number ${mostKept + 3}`, atMs: nowMs });
  expect(kept.at(-1)).toMatchObject({ number: 4 });
  await mailbox.close();
  expect(mailbox.letters()).toEqual([]);
});

it('is bounded in size too, and keeps the newest whatever its size', () => {
  const mailbox = createMailbox(() => 0);
  for (const [subject, characters] of [
    ['small', 10],
    ['half', 600_000],
    ['other half', 300_000],
  ] as const)
    mailbox.post(letter(subject, characters), posting, () => {});
  const subjects = (): readonly string[] => mailbox.letters().map(({ subject }) => subject);
  expect(subjects()).toEqual(['other half', 'half', 'small']);
  mailbox.post(letter('third', 200_000), posting, () => {});
  expect(subjects()).toEqual(['third', 'other half']);
  mailbox.post(letter('huge', 5_000_000), posting, () => {});
  expect(subjects()).toEqual(['huge']);
});
