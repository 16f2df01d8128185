// What programs say of themselves, read strictly: nothing else of it gets onto a page or into the store.
import type { LoopbackAsk, ProgramClaim, TerminalGrant } from './terminals.ts';

type Fields = { get(name: string): unknown };

const longestName = 48;
/** RFC 7636 section 4.2: base64url of 32 bytes. */
const challengeForm = /^[A-Za-z0-9_-]{43}$/;
/** RFC 7636 section 4.1. */
const verifierForm = /^[A-Za-z0-9._~-]{43,128}$/;
const stateForm = /^[A-Za-z0-9_-]{22,128}$/;
const codeForm = /^[A-Za-z0-9_-]{43}$/;

/** Letters, digits and a few signs; a name that is nothing but others has none. */
export function cleanName(name: string): string {
  const cleaned = name
    .slice(0, 4 * longestName)
    .normalize('NFC')
    .replace(/[^\p{L}\p{N} ._()@-]/gu, '')
    .trim()
    .slice(0, longestName);
  return cleaned === '' ? 'without a name' : cleaned;
}

/** @returns `null` when something is missing or not of its form */
export function parseClaim(fields: Fields): ProgramClaim | null {
  const [challenge, name] = [fields.get('code_challenge'), fields.get('name')];
  if (typeof challenge !== 'string' || !challengeForm.test(challenge) || typeof name !== 'string')
    return null;
  return { challenge, name: cleanName(name) };
}

/** @returns `null` when something is missing or not of its form */
export function parseLoopbackAsk(fields: Fields): LoopbackAsk | null {
  const claim = parseClaim(fields);
  const [state, port] = [fields.get('state'), fields.get('port')];
  if (claim === null || typeof state !== 'string' || !stateForm.test(state)) return null;
  // Below are the ports of services, which no login listens on.
  if (typeof port !== 'string' || !/^[0-9]{4,5}$/.test(port) || Number(port) < 1024 || Number(port) > 65_535)
    return null;
  return { ...claim, state, port: Number(port) };
}

/** @returns `null` when something is missing or not of its form */
export function parseGrant(fields: Fields): TerminalGrant | null {
  const [verifier, code, deviceCode] = [
    fields.get('code_verifier'),
    fields.get('code'),
    fields.get('device_code'),
  ];
  if (typeof verifier !== 'string' || !verifierForm.test(verifier)) return null;
  if ((code === undefined) === (deviceCode === undefined)) return null;
  if (typeof code === 'string' && codeForm.test(code)) return { by: 'code', code, verifier };
  return typeof deviceCode === 'string' && codeForm.test(deviceCode)
    ? { by: 'device', deviceCode, verifier }
    : null;
}
