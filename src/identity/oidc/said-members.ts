// What of an answer in JSON was said at all, and the answer put that way for openid-client.

/**
 * Some providers write `null`, or an empty refresh token, where others leave a member out.
 *
 * @param answer an object that a provider sent @returns its members, without those that say nothing
 */
export function saidMembers(answer: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(answer).filter(
      ([name, value]) => value !== null && !(name === 'refresh_token' && value === ''),
    ),
  );
}

/** The same answer with other members. Its address stays, for who explains what was wrong with it. */
export function restated(
  { url, headers, status }: Response,
  members: Readonly<Record<string, unknown>>,
): Response {
  const response = new Response(JSON.stringify(members), { status, headers });
  return Object.defineProperty(response, 'url', { value: url });
}

/** An answer with these members, in JSON whatever it came as. @param status in place of its own */
export function restatedAs(
  status: number,
  { url }: Response,
  members: Readonly<Record<string, unknown>>,
): Response {
  return Object.defineProperty(Response.json(members, { status }), 'url', { value: url });
}
