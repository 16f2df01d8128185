// Whether an ECDSA signature is written in the one way that DER has for it (X.690 section 10, RFC 3279 section 2.2.3), or as some passkeys
// in use write it: numbers that are short of their 32 bytes are filled up with zeros. The library's reader lets more spellings pass.

/** Of P-256 none is longer, so that every length fits into one byte. */
const longest = 72;

/** How long a number of P-256 is, bytes. */
const width = 32;

/** Whether these bytes are `SEQUENCE { INTEGER r, INTEGER s }` and nothing else, both positive, in 32 bytes or as few as they need. */
export function isStrictSignature(signature: Uint8Array): boolean {
  if (signature.length > longest || signature[0] !== 0x30 || signature[1] !== signature.length - 2)
    return false;
  const afterR = endOfInteger(signature, 2);
  return afterR !== null && endOfInteger(signature, afterR) === signature.length;
}

/** Where a positive INTEGER that begins here ends; `null`: there is none. */
function endOfInteger(bytes: Uint8Array, at: number): number | null {
  const [tag, length, first, second] = bytes.subarray(at, at + 4);
  if (tag !== 0x02 || length === undefined || length === 0 || first === undefined) return null;
  const isNegative = first >= 0x80;
  const isPadded = first === 0 && length > width && (second ?? 0) < 0x80;
  const end = at + 2 + length;
  return isNegative || isPadded || end > bytes.length ? null : end;
}
