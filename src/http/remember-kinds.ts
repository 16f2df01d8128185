// What a header name is to one reader, remembered for the spellings that were seen: the same ones come with every message.
import { ownCopy } from './own-copy.ts';

const mostRemembered = 1024;
/** Longer names are looked at each time: what a stranger can make up is bounded in count and in length. */
const longestRemembered = 64;

/** @param classify pure; must not throw @returns the same, from memory where it can */
export function rememberKinds<Kind extends number | string>(
  classify: (name: string) => Kind,
): (name: string) => Kind {
  const kinds = new Map<string, Kind>();
  return (name) => {
    const known = kinds.get(name);
    if (known !== undefined) return known;
    const made = classify(name);
    if (name.length <= longestRemembered) {
      if (kinds.size >= mostRemembered) kinds.clear();
      kinds.set(ownCopy(name), made);
    }
    return made;
  };
}
