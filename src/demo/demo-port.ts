// Where the demonstration listens. Not where settings listen by default: people run both side by side.

/** The first port that is tried; the identity provider has the next free one. */
export const demoPort = 9080;
