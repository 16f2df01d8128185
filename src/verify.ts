// The door for applications: verify the assertion that bouncer sends, in plain node:http, Express or connect,
// frameworks of Request and Response, and WebSockets.
// It brings nothing of the proxy along, and opens no connection but the one to the published keys.
export {
  type AssertionVerifier,
  type AssertionVerifierOptions,
  createAssertionVerifier,
} from './verify/assertion-verifier.ts';
export { type AssertedFetch, createFetchVerifier } from './verify/fetch-assertion.ts';
export {
  type AssertedRequest,
  type RequireAssertionOptions,
  requireAssertion,
} from './verify/require-assertion.ts';
export { requireAssertionOnUpgrade } from './verify/upgrade-assertion.ts';
export { type VerificationCode, VerificationError } from './verify/verification-error.ts';
export type { PersonAssertion, ServiceAssertion, VerifiedAssertion } from './verify/verified-assertion.ts';
