// Settings whose values may still be of wrong types, for the checks that look at several keys, and how these tell what they find.
import type { Complaint, SourcePath } from '../source/problem-at.ts';

/** How a check tells what is wrong. */
export interface Teller {
  readonly add: (path: SourcePath, complaint: Complaint) => void;
  /** The value in backticks, unless it may not be shown. */
  readonly name: (path: SourcePath, value: string) => string;
}

export type Mapping = Readonly<Record<string, unknown>>;

/** An object as it is, anything else as an empty one. */
export function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}

/** A list as it is, anything else as an empty one. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
