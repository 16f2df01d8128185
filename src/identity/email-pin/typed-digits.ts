// The six digits of a code as people type and paste them. It judges no code.

/** The zeros of the digits that keyboards have: Latin, full-width, Arabic, Persian and Urdu, Devanagari, Bengali, Thai. */
const zeros = [0x30, 0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50] as const;
/** A code with blanks between its digits is shorter by far. */
const longest = 64;

/**
 * @param code of any length and any characters
 * @returns six Latin digits, without the blanks, dashes and invisible characters that come with copying; `null` for anything else
 */
export function digitsOf(code: string): string | null {
  if (code.length > longest) return null;
  const digits = code.replace(/[\s\p{Cf}\p{Pd}\u2212]/gu, '').replace(/\p{Nd}/gu, latinDigit);
  return /^[0-9]{6}$/.test(digits) ? digits : null;
}

/** Unicode keeps the ten digits of a script in a row, the zero first (The Unicode Standard, section 4.6). */
function latinDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const zero = zeros.find((one) => code >= one && code <= one + 9);
  return zero === undefined ? digit : String(code - zero);
}
