// The digits of a code as people type and paste them. It judges no code.

/** The zeros of the digits that keyboards have: Latin, full-width, Arabic, Persian and Urdu, Devanagari, Bengali, Thai. */
const zeros = [0x30, 0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50] as const;
/** A code with blanks between its digits is shorter by far. */
const longest = 64;

/** How many digits codes have: while strangers guess more than usual. */
export const pinLengths = { usual: 6, guarded: 10 } as const;

/**
 * @param code of any length and any characters
 * @returns as many Latin digits as a code has, without the blanks, dashes and invisible characters that come with copying; `null` for
 *   anything else
 */
export function digitsOf(code: string): string | null {
  if (code.length > longest) return null;
  const digits = code.replace(/[\s\p{Cf}\p{Pd}\u2212]/gu, '').replace(/\p{Nd}/gu, latinDigit);
  const isCode = digits.length === pinLengths.usual || digits.length === pinLengths.guarded;
  return isCode && /^[0-9]*$/.test(digits) ? digits : null;
}

/** Unicode keeps the ten digits of a script in a row, the zero first (The Unicode Standard, section 4.6). */
function latinDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const zero = zeros.find((one) => code >= one && code <= one + 9);
  return zero === undefined ? digit : String(code - zero);
}
