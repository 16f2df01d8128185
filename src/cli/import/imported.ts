// What an import makes: rules as the file has them, and what of the other proxy's file has no counterpart, with what to do about it. Pure.

/** A selector, as it stands in a rules file. */
export type ImportedSelector = string | Readonly<Record<string, unknown>>;

export interface ImportedPolicy {
  readonly name: string;
  readonly action: 'allow' | 'deny' | 'bypass';
  readonly include: readonly ImportedSelector[];
  readonly require?: readonly ImportedSelector[];
  readonly exclude?: readonly ImportedSelector[];
}

export interface ImportedApplication {
  readonly name: string;
  readonly host: string;
  readonly upstream: string;
  /** Further keys of the application, as the file has them. */
  readonly more: Readonly<Record<string, unknown>>;
  readonly policies: readonly ImportedPolicy[];
  readonly paths: readonly { readonly path: string; readonly policies: readonly ImportedPolicy[] }[];
}

export interface Imported {
  readonly applications: readonly ImportedApplication[];
  /** What was left out: what it was, and why or what to do. */
  readonly left: readonly string[];
}

/** Whoever is let in by a list of policies that imports nothing: nobody. */
export const nobody: ImportedPolicy = { name: 'nobody', action: 'deny', include: ['everyone'] };
