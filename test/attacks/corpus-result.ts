// What became of one published list: the shape that the replays share.

/** One list, replayed. */
export interface CorpusResult {
  readonly name: string;
  /** How many inputs were replayed. */
  readonly inputs: number;
  /** What a reader wants to know of the outcome. */
  readonly outcome: string;
  readonly problems: readonly string[];
}
