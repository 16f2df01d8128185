// Whether a state-changing request comes from a page of the very host that it is sent to (CSRF).
import type { GatedRequest } from '../http/gated-request.ts';

/**
 * True when the browser says that a page of this origin sent the request. A request that says nothing is not same-origin.
 *
 * `Sec-Fetch-Site` cannot be set by a page's script and decides where it is sent; an `Origin` that is sent must agree,
 * except for `null`, which a same-origin page with `Referrer-Policy: no-referrer` sends (Fetch, section "Origin header").
 *
 * @param origin the origin of the host that was asked, such as `https://wiki.example.com`
 */
export function isSameOrigin(
  request: Pick<GatedRequest, 'origin' | 'secFetchSite'>,
  origin: string,
): boolean {
  const { origin: sentOrigin, secFetchSite } = request;
  if (secFetchSite !== undefined) {
    if (secFetchSite !== 'same-origin') return false;
    return sentOrigin === undefined || sentOrigin === 'null' || sentOrigin === origin;
  }
  return sentOrigin === origin;
}
