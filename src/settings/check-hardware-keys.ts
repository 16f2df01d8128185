// What `hardware_keys` means together with `auth_url`: a browser binds keys to the host of a secure page, or to a parent of it
// (W3C Web Authentication, section 5.1.3).
import { isIP } from 'node:net';
import type { Complaint, SourcePath } from '../source/problem-at.ts';
import { quote } from '../source/quote.ts';

type Tell = (path: SourcePath, complaint: Complaint) => void;

/** @param keys the section, whose values may still be of wrong types @param authUrl likewise */
export function checkHardwareKeys(
  keys: Readonly<Record<string, unknown>>,
  authUrl: unknown,
  tell: Tell,
): void {
  checkEnrolment(keys, tell);
  checkKeyHost(
    { rpId: keys['rp_id'], at: ['hardware_keys', 'rp_id'], what: '`hardware_keys`' },
    authUrl,
    tell,
  );
}

/** What keys or passkeys are bound to, where it stands, and the section that asks for them. Values may still be of wrong types. */
interface KeyHost {
  readonly rpId: unknown;
  readonly at: SourcePath;
  readonly what: string;
}

export function checkKeyHost({ rpId, at, what }: KeyHost, authUrl: unknown, tell: Tell): void {
  if (typeof authUrl !== 'string' || !URL.canParse(authUrl)) return;
  const { hostname } = new URL(authUrl);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)
    tell(['auth_url'], {
      code: 'no-name-for-keys',
      reason: 'browsers use no hardware keys and no passkeys where the address is a number',
      hint: `give \`auth_url\` a name, or leave ${what} out`,
    });
  if (typeof rpId !== 'string' || rpId === hostname) return;
  if (hostname.endsWith(`.${rpId}`) && rpId.includes('.')) return;
  tell(at, {
    code: 'foreign-rp-id',
    reason: `${quote(rpId)} is neither the host of \`auth_url\`, ${quote(hostname)}, nor a parent of it`,
    hint: `leave it out for ${quote(hostname)}`,
  });
}

function checkEnrolment(
  { enrolment, enrolment_until: until }: Readonly<Record<string, unknown>>,
  tell: Tell,
): void {
  const at = ['hardware_keys', 'enrolment'];
  if (enrolment === 'first_login' && until === undefined)
    tell(at, {
      code: 'endless-enrolment',
      reason: '`first_login` needs an end: until then whoever steals a login can enrol a key',
      hint: 'add `enrolment_until`, such as two weeks from now',
    });
  else if (enrolment !== 'first_login' && until !== undefined)
    tell(['hardware_keys', 'enrolment_until'], {
      code: 'unused-option',
      reason: '`enrolment_until` belongs to `enrolment: first_login`',
    });
}
