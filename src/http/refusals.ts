// Every reason for which a request is answered by bouncer with a refusal, in one table: status, the word in the JSON answer, the text
// that a stranger may read, and the page, whose words are in src/texts. The ids are stable: they stand in the log and people alert on
// them.
import { type ExplainingPage, type RefusalPageName, refusalPages } from './refusal-pages.ts';

/** The `error` of the JSON answer, by status. Stable: programs compare it. */
const words = {
  400: 'bad_request',
  401: 'login_required',
  403: 'denied',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'content_too_large',
  414: 'uri_too_long',
  417: 'expectation_failed',
  421: 'unknown_host',
  429: 'too_many_requests',
  431: 'header_too_large',
  500: 'internal_error',
  501: 'not_implemented',
  502: 'upstream_failed',
  503: 'unavailable',
  504: 'upstream_timeout',
  505: 'version_not_supported',
  508: 'loop_detected',
} as const;

/** A status that a refusal may have. */
export type RefusalStatus = keyof typeof words;

/** One row of the table. */
export interface Refusal<Page extends RefusalPageName = RefusalPageName> {
  readonly status: RefusalStatus;
  /** The `error` of the JSON answer. */
  readonly word: string;
  /** Why, for strangers: never what the client sent. */
  readonly text: string;
  readonly page: Page;
}

const row = <Page extends RefusalPageName>(status: RefusalStatus, page: Page, text: string): Refusal<Page> =>
  Object.freeze({ status, word: words[status], text, page });

/** RFC 6750 section 3.1: there is a token, and it counts for nothing. */
const badToken = (text: string): Refusal<'badToken'> =>
  Object.freeze({ status: 401, word: 'invalid_token', text, page: 'badToken' });

/** RFC 9470 section 3: a login is there, and not enough. */
const stepUp = <Page extends RefusalPageName>(page: Page, text: string): Refusal<Page> =>
  Object.freeze({ status: 401, word: 'insufficient_user_authentication', text, page });

/** Reason id → what the client gets. Texts never repeat what the client sent. */
export const refusals = {
  // The decision.
  'no-policy-matched': row(403, 'notGiven', 'no policy lets you in'),
  'policy-denied': row(403, 'ruleSaysNo', 'a policy says no to this request'),
  'decision-error': row(500, 'uncheckable', 'the decision could not be made, so the answer is no'),
  'login-required': row(401, 'login', 'nobody is logged in here (any more)'),
  'form-kept': row(401, 'formKept', 'the login had ended; what was sent is kept until the next one'),
  'form-too-large': row(
    401,
    'formTooLarge',
    'the login had ended, and what was sent is too large to be kept until the next one',
  ),
  'hardware-key-required': stepUp('securityKey', 'a security key is asked for: go to `login_url`'),
  'fresh-login-required': stepUp('freshLogin', 'a recent login is asked for: go to `login_url`'),
  'token-invalid': badToken('the token is not valid (any more)'),
  'token-expired': badToken('the token, or this secret of it, has ended'),
  'token-in-url': badToken(
    'a token does not belong into an address, where it is written down: send it in a header field',
  ),
  'token-elsewhere': row(403, 'badToken', 'the token is for other applications'),
  'credentials-ambiguous': row(
    400,
    'senseless',
    'the request says in more than one way who sends it: a token beside a login, or two tokens',
  ),
  'too-many-attempts': row(429, 'badToken', 'too many wrong tokens came from this address: wait'),
  'foreign-origin': row(403, 'foreignHandshake', 'the page of another site opened the WebSocket'),
  'cross-site-request': row(403, 'foreignForm', 'another site sent the form'),

  'logout-unconfirmed': row(
    403,
    'notThisWay',
    'here a person is asked before they are logged out: open `logout_url` as a page',
  ),

  // Where the request was to go.
  'unknown-host': row(421, 'unknownHost', 'no application has this host'),
  'no-such-page': row(404, 'nothingHere', 'bouncer has no such page'),
  'method-not-allowed': row(405, 'notThisWay', 'bouncer’s page takes other methods'),
  misdirected: Object.freeze<Refusal<'unknownHost'>>({
    status: 421,
    word: 'misdirected_request',
    text: 'the server in front sent the request to the wrong door of bouncer: `/.bouncer/` belongs to `listen`, an application with `upstream: forward_auth` to the server in front alone',
    page: 'unknownHost',
  }),
  'check-peer': row(403, 'nothingHere', 'whoever asks is not in `forward_auth.from`'),
  'check-unclear': row(
    400,
    'senseless',
    'the server in front does not say, or says in more than one way, which request it asks about',
  ),
  'identity-claimed': row(
    400,
    'senseless',
    'a header field claims an identity, which the server in front would pass on',
  ),
  'upstream-loop': row(508, 'loop', 'the application’s address leads back to bouncer'),

  // The connection and the head.
  'malformed-request': row(400, 'senseless', 'the request is not HTTP'),
  'request-timeout': row(408, 'tooSlow', 'the request did not arrive in time'),
  'version-unsupported': row(505, 'notOnOffer', 'this version of HTTP is not supported'),
  'method-unknown': row(501, 'notOnOffer', 'this method is not known'),
  'method-refused': row(405, 'notThisWay', 'this method is not allowed'),
  'url-too-long': row(414, 'tooLong', 'the address is too long'),
  'headers-too-many': row(431, 'tooMuch', 'the request has too many header fields'),
  'headers-too-large': row(431, 'tooMuch', 'the header fields of the request are too large'),
  'cookies-too-large': row(
    431,
    'cookies',
    'the cookies of the request are too large: delete those of neighbouring sites at `/.bouncer/cookies`',
  ),
  'header-name-invalid': row(400, 'senseless', 'a header field has a name that is not valid'),
  'header-name-disguised': row(400, 'senseless', 'a header field imitates one that frames the message'),
  'method-overridden': row(
    400,
    'senseless',
    'a header names another method than the one that the rules look at',
  ),
  'header-value-invalid': row(400, 'senseless', 'a header field has a value that is not valid'),
  'header-repeated': row(400, 'senseless', 'a header field that may stand once is repeated'),
  'host-missing': row(400, 'senseless', 'the request names no host'),
  'host-repeated': row(400, 'senseless', 'the request names more than one host'),
  'host-invalid': row(400, 'senseless', 'the host of the request is not valid'),
  'expectation-unknown': row(417, 'notOnOffer', 'the expectation of the request cannot be met'),
  'upgrade-refused': row(501, 'notOnOffer', 'the application does not change to this protocol'),
  'websocket-invalid': row(400, 'senseless', 'the WebSocket handshake is not valid'),

  // The body.
  'body-too-large': row(413, 'tooLarge', 'the body of the request is too large'),
  'chunk-extensions-too-large': row(413, 'tooLarge', 'the chunks of the body carry too much beside it'),
  'content-length-invalid': row(400, 'senseless', 'the length of the body is not a plain number'),
  'content-length-repeated': row(400, 'senseless', 'the length of the body is given more than once'),
  'transfer-encoding-invalid': row(400, 'senseless', 'the transfer coding of the body is not supported'),
  'framing-ambiguous': row(400, 'senseless', 'the end of the body is given in two ways'),
  'upgrade-with-body': row(400, 'senseless', 'a request that changes the protocol must not have a body'),

  // The target.
  'target-not-path': row(400, 'senseless', 'the address of the request is not a path'),
  'target-foreign': row(400, 'senseless', 'the address of the request names another host'),
  'target-fragment': row(400, 'senseless', 'the address of the request has a fragment'),
  'target-character': row(400, 'senseless', 'the address of the request has a character that is not allowed'),
  'address-rewritten': row(
    500,
    'unexpected',
    'the address was changed before it was checked: mount bouncer in front of what changes it',
  ),
  'destination-invalid': row(400, 'senseless', 'the destination of the request is not an address here'),
  'path-encoding': row(400, 'senseless', 'the path of the request is not encoded correctly'),
  'path-control': row(400, 'senseless', 'the path of the request has an encoded control character'),
  'path-above-root': row(400, 'senseless', 'the path of the request leads above its root'),
  'path-ambiguous': row(400, 'senseless', 'the path of the request can be read in more than one way'),

  // What failed behind.
  upstream_unreachable: row(502, 'noAnswer', 'the application does not answer'),
  upstream_broken: row(502, 'brokenAnswer', 'the application answered in a way that cannot be passed on'),
  upstream_timeout: row(
    504,
    'slowAnswer',
    'the application took longer than `upstream_options.response_timeout`',
  ),
  maintenance: row(503, 'maintenance', 'the application is being worked on'),
  upstream_busy: row(503, 'busy', 'too many requests wait for the application'),
  connection_login: row(
    501,
    'notOnOffer',
    'the application logs in the connection (NTLM, Negotiate), which works only over HTTP/1.1 without another proxy before bouncer',
  ),
  access_ended: row(403, 'accessEnded', 'access ended while the application was at work'),
  store_unavailable: row(503, 'noStore', 'the session store is not available'),
  provider_unavailable: row(503, 'noProvider', 'the identity provider does not answer'),
  login_failed: row(400, 'loginFailed', 'the login did not complete'),
  internal: row(500, 'unexpected', 'something went wrong inside bouncer'),
};

/** The id of a refusal: every one has its row, and so its page. */
export type Reason = keyof typeof refusals;

/** The reasons that stand on their page in words. */
export type ExplainedReason = {
  [Id in Reason]: (typeof refusals)[Id]['page'] extends ExplainingPage ? Id : never;
}[Reason];

/** The text of every reason. */
export const reasonTexts = Object.fromEntries(
  Object.entries(refusals).map(([id, { text }]) => [id, text]),
  // The rows are the reasons.
) as Readonly<Record<Reason, string>>;

export function isExplained(reason: Reason): reason is ExplainedReason {
  return refusalPages[refusals[reason].page].isExplained;
}

/** Whether a text is the id of a refusal. */
export function isReason(text: string): text is Reason {
  return Object.hasOwn(refusals, text);
}

/** The reasons that a request target alone can give. */
export type TargetProblem = Extract<Reason, `target-${string}` | `path-${string}`>;

/** The answer of a refusal in plain lines, for programs that show them to a person, as Git does. */
export function refusalText(
  reason: Reason,
  requestId: string,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const { hint } = more;
  const lines = [`bouncer: ${refusals[reason].text}`, ...(typeof hint === 'string' ? [hint] : [])];
  return `${[...lines, `request ${requestId}`].join('\n')}\n`;
}

/** The JSON answer of a refusal, ending in a line feed. @param more fields beside the three that every answer has */
export function refusalJson(
  reason: Reason,
  requestId: string,
  more: Readonly<Record<string, unknown>> = {},
): string {
  return `${JSON.stringify({ error: refusals[reason].word, reason, request_id: requestId, ...more })}\n`;
}
