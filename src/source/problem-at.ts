// Makes problems at places of a document, so that all of them say where in the same way.
import type { Problem } from './problem.ts';
import type { SourceDocument } from './yaml-document.ts';

export type SourcePath = readonly (string | number)[];

/** What a problem says, without where. */
export interface Complaint {
  readonly severity?: 'error' | 'warning';
  readonly code: string;
  readonly reason: string;
  readonly hint?: string | null | undefined;
  /** `key`: the key of an entry is wrong, not its value. */
  readonly part?: 'key' | 'value';
}

/**
 * @param path where in the document; a path that leads nowhere means its nearest parent
 * @returns the problem; a document without a text gets the path into the reason instead
 */
export function problemAt(document: SourceDocument, path: SourcePath, complaint: Complaint): Problem {
  const { severity = 'error', code, reason, hint, part = 'value' } = complaint;
  const where = document.isFromObject === true && path.length > 0 ? `${renderPath(path)}: ` : '';
  return {
    ...document.locate(path, part),
    severity,
    code,
    reason: where + reason,
    ...(hint === undefined || hint === null ? {} : { hint }),
  };
}

/** `identity_providers[0].issuer` */
export function renderPath(path: SourcePath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}

/** Problems in the order of the file. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}
