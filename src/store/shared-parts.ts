// Parts that the logins of many people have in common, such as hosts, names of groups and ways to log in: one copy for all that a process
// remembers, where each row that is read would bring its own. Bounded; nothing in here is anybody's alone but names of groups.
import type { Identity } from '../rules/model/facts.ts';

/** Texts, and short lists of groups or ways to log in. When there are more, all are forgotten, and those that are used come again. */
const mostShared = 8_192;
const longestText = 256;
/** Longer ones would be written out for each login that is read, and are seldom the same. */
const longestList = 8;

const texts = new Map<string, string>();
const lists = new Map<string, readonly string[]>();
const noClaims: Identity['claims'] = Object.freeze({});

/** @param identity just made of a row, and nobody else's: what it shares with others is put into it @returns the same one */
export function shareParts(identity: Identity): Identity {
  const { groups, amr, claims } = identity;
  return Object.assign(identity, {
    groups: shareList(groups.map(shareText)),
    amr: shareList(amr.map(shareText)),
    claims: Object.keys(claims).length === 0 ? noClaims : claims,
  });
}

/** One copy of a text for all; of more than 256 characters the text itself. */
export function shareText(text: string): string {
  return text.length > longestText ? text : remember(texts, text, text);
}

/** The same for a list; it is frozen. */
function shareList(list: readonly string[]): readonly string[] {
  if (list.length > longestList) return Object.freeze(list);
  const key = JSON.stringify(list);
  return key.length > longestText ? Object.freeze(list) : remember(lists, key, Object.freeze(list));
}

/** The value of the key from before; this one, from now on, where there is none. */
function remember<T>(known: Map<string, T>, key: string, value: T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= mostShared) known.clear();
  known.set(key, value);
  return value;
}
