// What the edge says to a proof: one byte. After `welcome` the connection speaks HTTP/2, after every other it ends.

/** Word → byte on the wire and words for the operator of a connector. Bytes stay. */
const verdicts = {
  welcome: { byte: 0, means: 'the edge knows this connector' },
  unknown: {
    byte: 1,
    means:
      'the edge knows neither this connector nor a token that it showed: it was revoked, or the token has ended',
  },
  expired: { byte: 2, means: 'the join token has expired' },
  spent: { byte: 3, means: 'the join token was used before, by another connector' },
  full: { byte: 4, means: 'as many connectors as the join token allows are connected' },
  address: { byte: 5, means: 'the join token does not count from this address' },
  cloned: {
    byte: 6,
    means: 'two connectors use the same key and take it from each other: each needs a key of its own',
  },
  later: {
    byte: 7,
    means: 'not now: the edge is about to stop, cannot look it up at the moment, or was asked too often',
  },
  'other-tunnel': {
    byte: 9,
    means: 'the key of this connector belongs to another tunnel than its join token',
  },
  'not-a-proof': { byte: 8, means: 'the edge could not verify the proof: something in between ends TLS' },
} as const;

export type Verdict = keyof typeof verdicts;
/** Every one but the good one. */
export type RefusedVerdict = Exclude<Verdict, 'welcome'>;

export function verdictByte(verdict: Verdict): Buffer {
  return Buffer.from([verdicts[verdict].byte]);
}

/** @returns `null` for a byte of another version */
export function verdictOf(byte: number): Verdict | null {
  for (const [verdict, row] of Object.entries(verdicts)) if (row.byte === byte) return verdict as Verdict;
  return null;
}

export function meaningOf(verdict: Verdict): string {
  return verdicts[verdict].means;
}
