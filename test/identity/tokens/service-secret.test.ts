import { describe, expect, it } from 'vitest';
import {
  createClientId,
  createSecret,
  isSecretShaped,
  secretForm,
} from '../../../src/identity/tokens/service-secret.ts';

describe('a secret', () => {
  it('has the documented form, its checksum, and 256 bits of its own', () => {
    const made = Array.from({ length: 500 }, createSecret);
    expect(new Set(made).size).toBe(500);
    for (const secret of made) {
      expect(secret).toMatch(/^bnc_s_[0-9A-Za-z]{49}$/);
      expect(secret).toMatch(new RegExp(`^${secretForm}$`));
      expect(isSecretShaped(secret)).toBe(true);
    }
    // Every place of the random part takes many values: nothing of it is fixed.
    for (let place = 7; place < 49; place++)
      expect(new Set(made.map((secret) => secret[place])).size).toBeGreaterThan(30);
  });

  it('is told from every mistyped one: a letter changed, two swapped, one missing or too many', () => {
    const secret = createSecret();
    for (let place = 0; place < secret.length; place++) {
      const other = secret[place] === 'x' ? 'y' : 'x';
      expect(isSecretShaped(secret.slice(0, place) + other + secret.slice(place + 1))).toBe(false);
      expect(isSecretShaped(secret.slice(0, place) + secret.slice(place + 1))).toBe(false);
      expect(isSecretShaped(`${secret.slice(0, place)}x${secret.slice(place)}`)).toBe(false);
      if (place > 0 && secret[place] !== secret[place - 1])
        expect(
          isSecretShaped(
            secret.slice(0, place - 1) + secret[place] + secret[place - 1] + secret.slice(place + 1),
          ),
        ).toBe(false);
    }
  });

  it.each([
    '',
    'bnc_s_',
    'bnc_s_\u0000',
    `bnc_u_${'0'.repeat(49)}`,
    `bnc_s_${'0'.repeat(48)}-`,
    `${'é'.repeat(55)}`,
  ])('is not %j', (text) => expect(isSecretShaped(text)).toBe(false));

  it('has a checksum that covers its kind', () => {
    const secret = createSecret();
    expect(isSecretShaped(secret.replace('bnc_s_', 'bnc_u_'))).toBe(false);
  });
});

it('a client id is 22 letters and digits, each time others', () => {
  const made = Array.from({ length: 100 }, createClientId);
  expect(new Set(made).size).toBe(100);
  for (const id of made) expect(id).toMatch(/^[0-9A-Za-z]{22}$/);
});
