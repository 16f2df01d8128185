// Logins that belong to a connection and not to a request (RFC 4559 and the protocol of NTLM): whoever speaks next on that connection is
// taken for the person that logged in. Recognised here; what follows from it is the forwarder's.

const schemes = new Set(['ntlm', 'negotiate']);
/** A longer list of challenges is not taken apart: it counts as one that asks for such a login. */
const longestList = 8_192;

/** Whether the request's fields carry such a login. */
export function hasConnectionLogin(fields: readonly string[]): boolean {
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? '';
    if (name.length === 13 && name.toLowerCase() === 'authorization')
      return isOfConnection(fields[i + 1] ?? '');
  }
  return false;
}

/** Whether the response's fields ask for such a login, or go on with one. */
export function asksForConnectionLogin(fields: readonly string[]): boolean {
  for (let i = 0; i + 1 < fields.length; i += 2) {
    if (!isChallenge(fields[i] ?? '')) continue;
    const value = fields[i + 1] ?? '';
    if (value.length > longestList || challengesOf(value).some(isOfConnection)) return true;
  }
  return false;
}

/**
 * The response's fields without the challenges that ask for such a login.
 *
 * @returns `null` when nothing would be left to answer to
 */
export function withoutConnectionLogins(fields: readonly string[]): string[] | null {
  const kept: string[] = [];
  let hasChallenge = false;
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = fields[i + 1] ?? '';
    if (!isChallenge(name)) {
      kept.push(name, value);
      continue;
    }
    const rest = otherChallenges(value);
    if (rest === '') continue;
    hasChallenge = true;
    kept.push(name, rest);
  }
  return hasChallenge ? kept : null;
}

function isChallenge(name: string): boolean {
  return name.length === 16 && name.toLowerCase() === 'www-authenticate';
}

function isOfConnection(text: string): boolean {
  const end = text.search(/[\t ]/);
  return schemes.has((end === -1 ? text : text.slice(0, end)).toLowerCase());
}

/** The pieces between commas, outside of quotes: each begins with a scheme, or goes on with the parameters of the one before. */
function challengesOf(value: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let i = 0; i < value.length; i++) {
    const character = value.charAt(i);
    if (character === '\\' && isQuoted) i++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) {
      pieces.push(value.slice(from, i).trim());
      from = i + 1;
    }
  }
  pieces.push(value.slice(from).trim());
  return pieces;
}

function otherChallenges(value: string): string {
  if (value.length > longestList) return '';
  return challengesOf(value)
    .filter((piece) => piece !== '' && !isOfConnection(piece))
    .join(', ');
}
