// Why an assertion was refused. The codes are a promise to applications; the messages are for their logs, not for their users.

/** Every reason, with the HTTP status that an application should answer with. */
const verificationStatus = {
  /** The request has no assertion. */
  missing: 401,
  /** The request has more than one. */
  doubled: 401,
  /** It is not a compact JWS in strict base64url, or it is too long (RFC 7515 section 7.1). */
  malformed: 401,
  /** Its header is not that of an assertion: another algorithm or type, no key id, or a parameter that bouncer never sets. */
  wrong_header: 401,
  /** It is signed by a key that is not published. */
  unknown_key: 401,
  bad_signature: 401,
  wrong_issuer: 401,
  /** It was minted for another application. */
  wrong_audience: 401,
  expired: 401,
  not_yet_valid: 401,
  /** A claim is absent or is not what the contract says. */
  wrong_claims: 401,
  /** The published keys cannot be read now: nothing is known about the assertion, and the request may be tried again. */
  keys_unavailable: 503,
} as const;

/** A stable reason: compare codes, never message text. */
export type VerificationCode = keyof typeof verificationStatus;

/** The assertion does not prove who is asking. The message never quotes the token. */
export class VerificationError extends Error {
  readonly code: VerificationCode;
  /** 401, or 503 when the keys could not be read. */
  readonly status: 401 | 503;

  constructor(code: VerificationCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'VerificationError';
    this.code = code;
    this.status = verificationStatus[code];
  }
}
