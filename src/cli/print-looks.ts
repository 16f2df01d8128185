// What `bouncer check --online` found outside, for a person and for machines.
import type { Finding, Look } from '../source/finding.ts';

const sgr: Readonly<Record<Finding['severity'] | 'ok' | 'hint', string>> = {
  error: '1;31',
  warning: '1;33',
  note: '2',
  ok: '32',
  hint: '36',
};

/** A line for each thing that was looked at, and one for each finding with its hint below. */
export function renderLooks(looks: readonly Look[], { isColored }: { readonly isColored: boolean }): string {
  const paint = (kind: keyof typeof sgr, text: string): string =>
    isColored ? `\u001B[${sgr[kind]}m${text}\u001B[0m` : text;
  return looks
    .map(({ about, seen, findings }) => {
      const head = seen === null ? '' : `${paint('ok', 'seen:')} ${about}: ${seen}\n`;
      const lines = findings.map(({ severity, cause, hint }) => {
        const below = hint === undefined ? '' : `  ${paint('hint', 'hint:')} ${hint}\n`;
        return `${paint(severity, `${severity}:`)} ${about}: ${cause}\n${below}`;
      });
      return head + lines.join('');
    })
    .join('');
}
