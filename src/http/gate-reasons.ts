// Every reason for which the gate refuses a request: the status that the client gets and the text that a stranger may read.
// The ids are stable: they stand in the log and people alert on them. Texts never repeat what the client sent.

/** Reason id → status and public text. */
export const gateReasons = {
  'version-unsupported': { status: 505, text: 'this version of HTTP is not supported' },
  'method-unknown': { status: 501, text: 'this method is not known' },
  'method-refused': { status: 405, text: 'this method is not allowed' },
  'url-too-long': { status: 414, text: 'the address is too long' },
  'headers-too-many': { status: 431, text: 'the request has too many header fields' },
  'headers-too-large': { status: 431, text: 'the header fields of the request are too large' },
  'body-too-large': { status: 413, text: 'the body of the request is too large' },
  'header-name-invalid': { status: 400, text: 'a header field has a name that is not valid' },
  'header-name-disguised': { status: 400, text: 'a header field imitates one that frames the message' },
  'header-value-invalid': { status: 400, text: 'a header field has a value that is not valid' },
  'header-repeated': { status: 400, text: 'a header field that may stand once is repeated' },
  'host-missing': { status: 400, text: 'the request names no host' },
  'host-repeated': { status: 400, text: 'the request names more than one host' },
  'host-invalid': { status: 400, text: 'the host of the request is not valid' },
  'content-length-invalid': { status: 400, text: 'the length of the body is not a plain number' },
  'content-length-repeated': { status: 400, text: 'the length of the body is given more than once' },
  'transfer-encoding-invalid': { status: 400, text: 'the transfer coding of the body is not supported' },
  'framing-ambiguous': { status: 400, text: 'the end of the body is given in two ways' },
  'expectation-unknown': { status: 417, text: 'the expectation of the request cannot be met' },
  'websocket-invalid': { status: 400, text: 'the WebSocket handshake is not valid' },
  'upgrade-with-body': { status: 400, text: 'a WebSocket handshake must not have a body' },
  'target-not-path': { status: 400, text: 'the address of the request is not a path' },
  'target-foreign': { status: 400, text: 'the address of the request names another host' },
  'target-fragment': { status: 400, text: 'the address of the request has a fragment' },
  'target-character': { status: 400, text: 'the address of the request has a character that is not allowed' },
  'destination-invalid': { status: 400, text: 'the destination of the request is not an address here' },
  'path-encoding': { status: 400, text: 'the path of the request is not encoded correctly' },
  'path-control': { status: 400, text: 'the path of the request has an encoded control character' },
  'path-above-root': { status: 400, text: 'the path of the request leads above its root' },
  'path-ambiguous': { status: 400, text: 'the path of the request can be read in too many ways' },
} as const;

/** A fixed id for a refusal by the gate. */
export type GateReason = keyof typeof gateReasons;

/** The reasons that a request target alone can give. */
export type TargetProblem = Extract<GateReason, `target-${string}` | `path-${string}`>;
