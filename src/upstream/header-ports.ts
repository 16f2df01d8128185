// The forwarder's view of what decides about header fields: http/response-headers.ts and http/request-headers.ts in the product.
import type { Permit } from '../gateway/permit.ts';
import type { KnownAnswer } from '../http/response-headers.ts';

/** Why a response head cannot be passed on, for the operator's log. */
export interface ResponseHeadersProblem {
  readonly reason: string;
}

/**
 * The upstream's response fields as the client gets them: without those of the connection, edited as the application says.
 *
 * @param raw name, value, name, value … as received
 * @param known what is kept of exactly these fields; absent: nothing
 */
export type ResponseHeaders = (
  permit: Permit,
  raw: readonly string[],
  known?: KnownAnswer,
) => readonly string[] | ResponseHeadersProblem;

/**
 * The trailers of a client's request that go on to the upstream.
 *
 * @param raw name, value, name, value … as received
 */
export type RequestTrailers = (permit: Permit, raw: readonly string[]) => string[];
