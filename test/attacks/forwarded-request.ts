// What holds for every request that reaches the upstream, whatever the client sent: each field of ours once or absent, nothing that
// the client made up, nothing of its connection.
import { fieldValues, type Seen } from './recorder.ts';

export const assertionHeader = 'x-bouncer-jwt-assertion';

/** Fields that only the proxy may set; in these tests the client's values differ from any that it would. */
const ours = new Set(['host', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-request-id']);
const ofConnection = /^(?:te|trailer|keep-alive|proxy-.*|http2-settings|upgrade)$/;
const madeUp =
  /^(?:x-bouncer-.*|forwarded|x-forwarded-.*|x-real-ip|true-client-ip|cf-connecting-ip|x-client-ip|x-http-method.*|x-method-.*|x-original-.*|x-rewrite-url)$/;

/**
 * @param clientFields what the client sent
 * @param email whose assertion must be there; `null`: none may
 */
export function problemsOfForwarded(
  seen: Seen,
  clientFields: readonly (readonly [string, string])[],
  email: string | null,
): string[] {
  const problems: string[] = [];
  const assertions = fieldValues(seen.rawHeaders, assertionHeader);
  if (assertions.length !== (email === null ? 0 : 1))
    problems.push(`${assertions.length} assertions upstream`);
  for (const name of ours)
    if (fieldValues(seen.rawHeaders, name).length > 1) problems.push(`two ${name} upstream`);
  for (const value of fieldValues(seen.rawHeaders, 'connection'))
    if (!/^(?:keep-alive|close)$/i.test(value)) problems.push(`Connection: ${value} upstream`);
  for (let i = 0; i < seen.rawHeaders.length; i += 2) {
    const name = seen.rawHeaders[i] ?? '';
    const value = seen.rawHeaders[i + 1] ?? '';
    const folded = name.toLowerCase().replace(/[^a-z0-9]/g, '-');
    if (ofConnection.test(folded)) problems.push(`${name} upstream`);
    if (!madeUp.test(folded)) continue;
    if (folded !== name.toLowerCase()) problems.push(`the spelling ${name} upstream`);
    if (clientFields.some(([, sent]) => sent === value && value !== 'app.bouncer.test'))
      problems.push(`the client's ${name}: ${value} upstream`);
    if (folded.startsWith('x-bouncer-') && folded !== assertionHeader && value !== email)
      problems.push(`${name} upstream`);
  }
  return problems;
}
