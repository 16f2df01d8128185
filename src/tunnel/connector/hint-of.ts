// What whoever runs a connector can do when an edge does not let it in or is not reached.
import type { Verdict } from '../wire/verdict.ts';
import { RefusedByEdge } from './dial.ts';

const ownKeyHint = 'give each connector a `--key-file` of its own, or start each in a folder of its own';
const newTokenHint =
  'make a new join token with `bouncer tunnel rotate NAME`, and give it with `--token-file`';

/** Where there is something to do beside the connector. */
const refusalHints: Partial<Record<Verdict, string>> = {
  unknown: newTokenHint,
  expired: newTokenHint,
  spent: newTokenHint,
  full: 'end a connector that is not needed, or make a token with a greater `--max-connectors`',
  cloned: `${ownKeyHint}; whoever has it alone is let in again after ten minutes`,
  'other-tunnel': ownKeyHint,
};

/** A hint for the log, where there is one. @param error why a connection to an edge did not come about */
export function hintOf(error: unknown): { readonly hint?: string } {
  const own =
    error instanceof RefusedByEdge && error.verdict !== null ? refusalHints[error.verdict] : undefined;
  if (own !== undefined) return { hint: own };
  const hint = typeof error === 'object' && error !== null && 'hint' in error ? error.hint : undefined;
  return typeof hint === 'string' ? { hint } : {};
}
