// The name of a way to log in. What the settings call it stays; only the name that they do not give is said in the reader's language.
import { en } from './en.ts';
import type { Texts } from './texts-shape.ts';

/** @param label of the settings, or their default, which is English */
export function sayWay(label: string, { ways }: Pick<Texts, 'ways'>): string {
  if (label === en.ways.email) return ways.email;
  return label === en.ways.passkey ? ways.passkey : label;
}
