// Whether a form comes from a page of the very host that it is sent to (CSRF): the project's same-origin rule, and what browsers
// send with forms on pages that hide their address.
import { type ClientHints, isSameOrigin } from '../http/client-kind.ts';

/**
 * True when the browser says that a page of this origin sent the form. A request that says nothing is not ours.
 *
 * An application with `Referrer-Policy: no-referrer` makes browsers send `Origin: null` with its forms (Fetch section 3.2).
 * `Sec-Fetch-Site`, which no script can set, then says alone where the form comes from.
 *
 * @param origin the origin of the host that was asked, such as `https://wiki.example.com`
 */
export function isOwnForm(request: ClientHints, origin: string): boolean {
  const isHidden = request.origin === 'null' && request.secFetchSite === 'same-origin';
  return isSameOrigin(isHidden ? { ...request, origin: undefined } : request, origin);
}
