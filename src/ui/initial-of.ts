// A letter in place of a picture. Decoration: the whole name always stands beside it.

/** What stands in for a picture: the first letter or digit of a name, or a dot. */
export function initialOf(name: string): string {
  return (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '·').toUpperCase();
}
