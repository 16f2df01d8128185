// What a change of the protocol says: whether an upstream's 101 answers the request, and the 101 that the client gets. Pure.
import { hash } from 'node:crypto';

/** RFC 6455 section 1.3. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * `null` when the 101 is the right answer to the request (RFC 9110 section 7.8, RFC 6455 section 4.1), else what is wrong with it.
 *
 * @param token the protocol, as the rules write it
 * @param request fields as the upstream got them
 * @param response fields as it sent them
 */
export function checkHandshake(
  token: string,
  request: readonly string[],
  response: readonly string[],
): string | null {
  const wanted = token.toLowerCase();
  if (fieldValue(response, 'upgrade')?.toLowerCase() !== wanted) return `names no \`Upgrade: ${token}\``;
  const connection = fieldValue(response, 'connection')?.toLowerCase() ?? '';
  if (!connection.split(',').some((token) => token.trim() === 'upgrade'))
    return 'names no `Connection: Upgrade`';
  if (wanted !== 'websocket') return null;
  const key = fieldValue(request, 'sec-websocket-key');
  if (key === undefined) return 'answers a request without a key';
  const expected = hash('sha1', key + acceptSuffix, 'base64');
  return fieldValue(response, 'sec-websocket-accept') === expected
    ? null
    : 'has a wrong `Sec-WebSocket-Accept`';
}

/** The field's value; several are joined, so that a repeated one is no longer what was expected. */
function fieldValue(fields: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i + 1 < fields.length; i += 2) {
    if (fields[i]?.toLowerCase() !== name) continue;
    const value = fields[i + 1]?.trim() ?? '';
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}

/** The head of the 101 as the client gets it. @param fields name, value, name, value … */
export function switchingProtocols(token: string, fields: readonly string[]): string {
  let head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${token}\r\nConnection: Upgrade\r\n`;
  for (let i = 0; i + 1 < fields.length; i += 2) head += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return `${head}\r\n`;
}
