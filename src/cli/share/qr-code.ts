// An address as a QR code for a terminal: two rows of the code in one line, dark on light whatever the colours of the terminal are.
import { encode } from 'uqr';

/** Light modules around it (ISO/IEC 18004 section 6.3.8). */
const quiet = 4;
const darkOnLight = '\u001b[30;107m';
const plain = '\u001b[0m';

/** By whether the upper half is in the colour of the text, then whether the lower one is. */
const blocks = [
  [' ', '▄'],
  ['▀', '█'],
] as const;

/** @param options without colours it is drawn for a terminal that is light on dark, as most are */
export function renderQrCode(text: string, options: { readonly isColored: boolean }): string {
  const { isColored } = options;
  const { data } = encode(text, { ecc: 'L', border: quiet });
  const lines: string[] = [];
  for (let row = 0; row < data.length; row += 2) {
    const upper = data[row] ?? [];
    const lower = data[row + 1] ?? [];
    const line = upper
      .map((isDark, at) => blocks[isDark === isColored ? 1 : 0][(lower[at] ?? false) === isColored ? 1 : 0])
      .join('');
    lines.push(isColored ? `${darkOnLight}${line}${plain}` : line);
  }
  return `\n${lines.join('\n')}\n\n`;
}
