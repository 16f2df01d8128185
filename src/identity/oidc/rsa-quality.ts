// Refuses RSA public keys that are too weak to trust a signature of. Pure arithmetic on the modulus and the exponent.

const minModulusBits = 2048;
const maxModulusBits = 16_384;
const minExponent = 65_537n;

/** The primes of the ROCA fingerprint (CVE-2017-15361). */
const rocaPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
  109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/** Residues of 65537's powers, per prime: all a modulus of the faulty generator can have. */
const rocaResidues: readonly (readonly [bigint, ReadonlySet<bigint>])[] = rocaPrimes.map((prime) => {
  const residues = new Set<bigint>();
  for (let value = 1; !residues.has(BigInt(value)); value = (value * 65_537) % prime)
    residues.add(BigInt(value));
  return [BigInt(prime), residues];
});

/** The largest modulus in base64url, with room for leading zeros. */
const longestInteger = 4096;

function toInteger(text: unknown): bigint | null {
  if (typeof text !== 'string' || text.length > longestInteger || !/^[A-Za-z0-9_-]+$/.test(text)) return null;
  const hex = Buffer.from(text, 'base64url').toString('hex');
  return hex === '' ? null : BigInt(`0x${hex}`);
}

/**
 * Whether a public RSA key may be trusted: 2048 to 16384 bits, an odd modulus and exponent, no small exponent, no ROCA fingerprint.
 *
 * @param n the JWK's modulus, base64url @param e its exponent (RFC 7518 section 6.3.1)
 */
export function isSoundRsaKey(n: unknown, e: unknown): boolean {
  const modulus = toInteger(n);
  const exponent = toInteger(e);
  if (modulus === null || exponent === null) return false;
  const bits = modulus.toString(2).length;
  if (bits < minModulusBits || bits > maxModulusBits || modulus % 2n === 0n) return false;
  if (exponent < minExponent || exponent % 2n === 0n || exponent >= 1n << 256n) return false;
  return !rocaResidues.every(([prime, residues]) => residues.has(modulus % prime));
}
