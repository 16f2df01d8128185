// What people read about an application: its label, whom they can ask, and the words for who is refused.
import { quote } from '../../source/quote.ts';
import type { Presentation } from '../model/compiled-rules.ts';
import { parseEmail } from './check-values.ts';
import { accept, type Checked, checkOne, refuse, type Spot } from './problem-reporter.ts';
import type { ApplicationEntry } from './rules-schema.ts';

const longestLabel = 60;
const longestText = 500;

export function parsePresentation(entry: ApplicationEntry, spot: Spot): Presentation {
  const { label, contact, denied_text: denied } = entry;
  return {
    label: parseLabel(label, spot.at('label')) ?? entry.name,
    contact: contact === undefined ? null : checkOne(contact, spot.at('contact'), parseContact),
    deniedText: denied === undefined ? null : checkOne(denied, spot.at('denied_text'), upTo(longestText)),
  };
}

/** @returns `null`: there is none, or it is not one */
export function parseLabel(label: string | undefined, spot: Spot): string | null {
  return label === undefined ? null : checkOne(label, spot, upTo(longestLabel));
}

function upTo(longest: number): (text: string) => Checked<string> {
  return (text) =>
    text.length <= longest
      ? accept(text.trim())
      : refuse('too-long', `${quote(text)} has ${text.length} characters`, `at most ${longest}`);
}

/** An address that mail can go to, or a page that can be opened. */
function parseContact(text: string): Checked<string> {
  if (/^https?:\/\/[\u0021-\u007e]+$/i.test(text) && URL.canParse(text) && new URL(text).username === '')
    return accept(text);
  const email = text.includes('@') ? parseEmail(text) : null;
  if (email?.ok === true) return email;
  return refuse(
    'bad-contact',
    `${quote(text)} is neither an e-mail address nor a web page`,
    'for example `it@example.com`, or `https://help.example.com`',
  );
}
