// One of every page of a form that met an ended session, and the last pages of a login in a window of its own.
import type { KeptForm } from '../../src/identity/forms/kept-forms.ts';
import { renderKept, renderUnsent } from '../../src/pages/form-endpoint.ts';
import type { PageContext } from '../../src/pages/page-context.ts';
import { renderLoggedIn } from '../../src/pages/pop-up.ts';
import { applications, type ContextOptions, erin, nowMs } from './page-fixtures.ts';

const form: KeptForm = {
  ...{ key: 'k', host: 'wiki.example.com', idp: 'corp', sub: 'u-erin', loginId: 'l' },
  ...{ application: 'wiki', target: '/pages/edit?id=7', contentType: 'text/plain', referer: null },
  contentLength: 12_345,
  createdAtMs: nowMs,
  expiresAtMs: nowMs + 3_600_000,
};

/** Name and document of each. */
export function formPages(contextOf: (options?: ContextOptions) => PageContext): ReadonlyMap<string, string> {
  const context = contextOf({ identity: erin, host: 'wiki.example.com', isAuthHost: false });
  const long = { ...form, target: `/${'a-rather-long-segment/'.repeat(12)}?x=1`, contentLength: 1_500_000 };
  return new Map([
    ['kept-form', renderKept(form, context)],
    ['kept-form-long', renderKept(long, context)],
    ...(['gone', 'another', 'elsewhere', 'discarded'] as const).map(
      (what) => [`form-${what}`, renderUnsent(what, context)] as const,
    ),
    [
      'form-discarded-at-application',
      renderUnsent(
        'discarded',
        contextOf({
          identity: erin,
          host: 'wiki.example.com',
          isAuthHost: false,
          application: applications[0] ?? null,
        }),
      ),
    ],
    ['logged-in', renderLoggedIn(context)],
    ['logged-in-not', renderLoggedIn(contextOf({ host: 'wiki.example.com', isAuthHost: false }))],
  ]);
}
