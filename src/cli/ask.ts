// Questions to a person at a terminal, each with a default. Where nobody can be asked, the flag that answers is named.
import { BouncerError } from '../bouncer-error.ts';
import type { Terminal } from './terminal.ts';

export interface Questions {
  /**
   * @param flag what would have answered it
   * @param read gives the answer as it is used; throws BouncerError `usage`, and the question comes again
   * @throws BouncerError `usage` where nobody can be asked, or the person went away
   */
  ask<T>(
    question: string,
    flag: string,
    how: { readonly standard: string; readonly read: (text: string) => T },
  ): Promise<T>;
  close(): Promise<void>;
}

/** Takes every default and asks nothing. */
export const takeDefaults: Questions = {
  ask: (_question, _flag, { standard, read }) => Promise.resolve(read(standard)),
  close: () => Promise.resolve(),
};

export function createQuestions({ stdin, stderr }: Terminal): Questions {
  const pieces = stdin[Symbol.asyncIterator]();
  let rest = '';
  let isUsed = false;
  const readLine = async (): Promise<string | null> => {
    isUsed = true;
    while (!rest.includes('\n')) {
      const next = await pieces.next();
      if (next.done === true) {
        const last = rest;
        rest = '';
        return last === '' ? null : last;
      }
      rest += typeof next.value === 'string' ? next.value : Buffer.from(next.value).toString();
    }
    const line = rest.slice(0, rest.indexOf('\n'));
    rest = rest.slice(line.length + 1);
    return line;
  };
  return {
    async ask(question, flag, { standard, read }) {
      if (stdin.isTTY !== true)
        throw new BouncerError('usage', `nothing says ${question}`, {
          hint: `give ${flag}, or --yes for the defaults (${standard})`,
        });
      for (;;) {
        stderr.write(`${question} [${standard}]: `);
        const line = await readLine();
        if (line === null) throw new BouncerError('usage', 'nobody answers', { hint: `give ${flag}` });
        try {
          return read(line.trim() === '' ? standard : line.trim());
        } catch (error) {
          if (!(error instanceof BouncerError)) throw error;
          stderr.write(`  ${error.message}${error.hint === undefined ? '' : `: ${error.hint}`}\n`);
        }
      }
    },
    async close() {
      // Standard input would keep the process alive.
      if (isUsed) await pieces.return?.();
    },
  };
}
