// What of an answer in JSON was said at all. Some providers write `null`, or an empty refresh token, where others leave a member out.

/** @param answer an object that a provider sent @returns its members, without those that say nothing */
export function saidMembers(answer: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(answer).filter(
      ([name, value]) => value !== null && !(name === 'refresh_token' && value === ''),
    ),
  );
}
