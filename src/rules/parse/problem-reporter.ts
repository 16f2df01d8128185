// A cursor in a rules file: says what is wrong where. Knows nothing of what rules mean.
import type { Problem } from '../../source/problem.ts';
import { type Complaint, problemAt, type SourcePath } from '../../source/problem-at.ts';
import type { SourceDocument } from '../../source/yaml-document.ts';
import type { Place } from '../model/rules-set.ts';

/** One place of a document that is being checked, and the list that its problems go to. */
export interface Spot extends Place {
  readonly document: SourceDocument;
  readonly path: SourcePath;
  readonly problems: Problem[];
  at(...steps: readonly (string | number)[]): Spot;
  complain(complaint: Complaint): void;
}

/** A checked word, or what is wrong with it. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly complaint: Complaint };

export function accept<T>(value: T): Checked<T> {
  return { ok: true, value };
}

export function refuse(
  code: string,
  reason: string,
  hint?: string | null,
): { ok: false; complaint: Complaint } {
  return { ok: false, complaint: { code, reason, hint } };
}

/** A spot at the root of a document, or further inside of it. */
export function createSpot(document: SourceDocument, problems: Problem[], path: SourcePath = []): Spot {
  return {
    document,
    path,
    problems,
    at: (...steps) => createSpot(document, problems, [...path, ...steps]),
    complain: (complaint) => problems.push(problemAt(document, path, complaint)),
    locate: (part) => document.locate(path, part),
  };
}

/** A place that keeps no more than it needs: it outlives the check. */
export function placeOf(spot: Spot): Place {
  const { document, path } = spot;
  return { locate: (part) => document.locate(path, part) };
}

/** Checks one value at a spot. @returns the value, or `null` after a problem */
export function checkOne<V, T>(value: V, spot: Spot, check: (value: V) => Checked<T>): T | null {
  const checked = check(value);
  if (checked.ok) return checked.value;
  spot.complain(checked.complaint);
  return null;
}

/** Checks a value or each value of a list. @returns those that are right */
export function checkEach<V, T>(values: V | readonly V[], spot: Spot, check: (value: V) => Checked<T>): T[] {
  if (!Array.isArray(values)) {
    const checked = checkOne(values as V, spot, check);
    return checked === null ? [] : [checked];
  }
  const right: T[] = [];
  for (const [index, value] of (values as readonly V[]).entries()) {
    const checked = check(value);
    if (checked.ok) right.push(checked.value);
    else spot.at(index).complain(checked.complaint);
  }
  return right;
}
