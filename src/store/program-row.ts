// What a program's token is for, as the JSON of a column that both stores have.
import type { ListedLogin, ProgramToken } from './session-store.ts';

/** @returns the column's value; `null` for a browser's token */
export function programText(program: ProgramToken | undefined): string | null {
  return program === undefined ? null : JSON.stringify(program);
}

/** @param text as {@link programText} wrote it: nobody else writes the column */
export function toProgram(text: unknown): ProgramToken | null {
  return text === null || text === undefined ? null : (JSON.parse(String(text)) as ProgramToken);
}

/** Hosts and programs of one login. @param text a JSON list of `[host, program]` of each of its tokens */
export function splitTokens(text: unknown): Pick<ListedLogin, 'hosts' | 'programs'> {
  const tokens = JSON.parse(String(text)) as readonly (readonly [host: string, program: string | null])[];
  const hosts = new Set(tokens.flatMap(([host, program]) => (program === null ? [host] : [])));
  return {
    hosts: [...hosts].sort(),
    programs: tokens
      .flatMap(([, program]) => toProgram(program) ?? [])
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
