// Fuzz target: a sealed text opens as what it was, for its purpose and context, and no other text does.
import fc from 'fast-check';
import { createLoginCookies } from '../../src/identity/login/login-cookies.ts';
import { openRequest, openState } from '../../src/identity/login/login-records.ts';
import { createSealer, type SealPurpose } from '../../src/identity/sealer.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { anyCharacter } from '../fixtures/any-character.ts';
import { fuzzTarget } from './fuzz-target.ts';

const sealer = createSealer(Buffer.alloc(32, 7));
const stranger = createSealer(Buffer.alloc(32, 8));
const purposes: readonly SealPurpose[] = [
  'application-login-cookie',
  'provider-login-cookie',
  'login-request',
  'login-state',
  'login-secrets',
];
const purpose = fc.constantFrom(...purposes);
const record = fc.record({
  a: fc.string({ maxLength: 12 }),
  b: fc.integer(),
  c: fc.array(fc.boolean(), { maxLength: 3 }),
});
const context = fc.array(fc.string({ maxLength: 6 }), { maxLength: 3 });
const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const settings = { authUrl: 'https://auth.example.com', limits: { headerBytes: 16_384 } } as Settings;
const cookies = createLoginCookies(sealer, 'provider-login-cookie');
const applicationCookies = createLoginCookies(sealer, 'application-login-cookie');
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,22}$/);
const nowMs = 1_800_000_000_000;

/** A change of one character, a character more or less, or two texts joined. */
const damage = fc.oneof(
  fc.tuple(fc.constant('change'), fc.nat(), fc.nat(63)),
  fc.tuple(fc.constant('drop'), fc.nat(), fc.nat()),
  fc.tuple(fc.constant('add'), fc.nat(), fc.nat(63)),
  fc.tuple(fc.constant('cut'), fc.nat(), fc.nat()),
  fc.tuple(fc.constant('case'), fc.nat(), fc.nat()),
);

function damaged(text: string, [kind, where, what]: readonly [string, number, number]): string {
  const at = where % text.length;
  const letter = base64url[what % 64] ?? 'A';
  if (kind === 'change') return text.slice(0, at) + letter + text.slice(at + 1);
  if (kind === 'drop') return text.slice(0, at) + text.slice(at + 1);
  if (kind === 'add') return text.slice(0, at) + letter + text.slice(at);
  if (kind === 'cut') return text.slice(0, at);
  const other = text[at] ?? '';
  return (
    text.slice(0, at) +
    (other === other.toLowerCase() ? other.toUpperCase() : other.toLowerCase()) +
    text.slice(at + 1)
  );
}

export const identitySealed = fuzzTarget('identity-sealed', {
  'what was sealed opens as it was': fc.property(purpose, record, context, (label, value, bound) => {
    const opened = sealer.open(label, sealer.seal(label, value, bound), bound);
    return JSON.stringify(opened) === JSON.stringify(value);
  }),
  'a damaged text does not open': fc.property(purpose, record, damage, (label, value, change) => {
    const text = sealer.seal(label, value);
    const other = damaged(text, change);
    return other === text || sealer.open(label, other) === undefined;
  }),
  'no other purpose, key or context opens it': fc.property(
    purpose,
    purpose,
    record,
    context,
    context,
    (label, other, value, bound, foreign) => {
      const text = sealer.seal(label, value, bound);
      if (stranger.open(label, text, bound) !== undefined) return false;
      if (other !== label && sealer.open(other, text, bound) !== undefined) return false;
      const isSame = bound.length === foreign.length && bound.every((part, index) => part === foreign[index]);
      return isSame || sealer.open(label, text, foreign) === undefined;
    },
  ),
  'any text is read without a throw': fc.property(
    purpose,
    fc.string({ unit: anyCharacter, maxLength: 120 }),
    (label, text) => {
      return (
        sealer.open(label, text) === undefined &&
        openState(sealer, text) === null &&
        openRequest(sealer, text) === null
      );
    },
  ),
  'a record of any shape is a state of ours or none': fc.property(fc.jsonValue(), (value) => {
    const state = openState(sealer, sealer.seal('login-state', value));
    const request = openRequest(sealer, sealer.seal('login-request', value));
    return (
      (state === null || typeof state.bindingHash === 'string') &&
      (request === null || typeof request.expiresAtMs === 'number')
    );
  }),
  'a login cookie is read for its own login, purpose and time, whatever else is sent': fc.property(
    id,
    id,
    fc.string({ unit: anyCharacter, maxLength: 60 }),
    damage,
    fc.integer({ min: 0, max: 700_000 }),
    (own, other, noise, change, laterMs) => {
      const [line = ''] =
        cookies.begin(undefined, settings, { id: own, record: { binding: 'b' } }, nowMs) ?? [];
      const pair = line.split(';', 1)[0] ?? '';
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      if (cookies.read(pair, settings, own, nowMs)?.['binding'] !== 'b') return false;
      if ((cookies.read(pair, settings, own, nowMs + laterMs) !== null) !== laterMs < 600_000) return false;
      if (applicationCookies.read(pair, settings, own, nowMs) !== null) return false;
      if (cookies.read(`${pair}; ${pair}`, settings, own, nowMs) !== null) return false;
      const bad = damaged(value, change);
      if (bad !== value && cookies.read(`${name}=${bad}`, settings, own, nowMs) !== null) return false;
      const renamed = name.slice(0, name.length - own.length) + other;
      if (other !== own && cookies.read(`${renamed}=${value}`, settings, other, nowMs) !== null) return false;
      // Whatever a neighbour put beside it, nobody's record but this login's comes out.
      const read = cookies.read(`${noise}; ${pair}`, settings, own, nowMs);
      return read === null || read['binding'] === 'b';
    },
  ),
});
