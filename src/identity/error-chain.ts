// An error with what caused it: openid-client wraps what its `fetch` throws, and what it understood of an answer.

/** From the outside in, five at most; `[]` for what is not an error. */
export function errorChain(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < 5; at = at.cause) chain.push(at);
  return chain;
}
