// The script of the page that takes a code: a form that is on its way is not sent a second time. A browser drops the answer to the first
// when a second one goes out, and with it the login that the code was spent on. Without scripts the page works all the same.
import { createHash } from 'node:crypto';
import { html, type SafeHtml } from '../ui/html.ts';

// The markup's author vouches for it: nothing is put into it. After some seconds without an answer, and for who comes back to the page,
// the button works again.
const source: SafeHtml = html`(function () {
  var form = document.getElementById('once');
  var isOnItsWay = false;
  form.addEventListener('submit', function (event) {
    if (isOnItsWay) { event.preventDefault(); return; }
    isOnItsWay = true;
    setTimeout(function () { isOnItsWay = false; }, 5000);
  });
})();`;

/** The element that holds it, for the end of a page whose form has the id `once`. */
export const sendOnceScript: SafeHtml = html`<script>${source}</script>`;

let hash: string | undefined;

/** The source expression that admits it and no other script (CSP Level 3 section 8.4). */
export function sendOnceHash(): string {
  hash ??= `'sha256-${createHash('sha256').update(source.toString()).digest('base64')}'`;
  return hash;
}
