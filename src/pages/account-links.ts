// The way between the pages on which a person sees what is theirs: the same on each of them, on `auth_url` alone.
import { approvalsPath } from '../identity/access/access-paths.ts';
import { sessionsPath } from '../identity/login/begin-login.ts';
import { tokensPath } from '../identity/login/issue-personal-token.ts';
import { keyPath } from '../identity/login/key-step-up.ts';
import { passkeyPath } from '../identity/login/passkey-page.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import type { PageContext } from './page-context.ts';

const startPath = '/.bouncer/';

/** Where a person is among them. */
export type AccountPage =
  | typeof startPath
  | typeof sessionsPath
  | typeof tokensPath
  | typeof keyPath
  | typeof passkeyPath
  | typeof approvalsPath;

/** @param here the page that it stands on */
export function renderAccountLinks(context: PageContext, here: AccountPage): SafeHtml {
  const { settings, texts } = context;
  const { common } = texts;
  const pages: readonly (readonly [path: AccountPage, name: string])[] = [
    [startPath, common.yourApplications],
    [sessionsPath, common.whereLoggedIn],
    [tokensPath, common.programsActingAsYou],
    ...(settings.hardwareKeys === null ? [] : ([[keyPath, common.yourKeys]] as const)),
    ...(isByPasskey(context) ? ([[passkeyPath, common.yourPasskeys]] as const) : []),
    ...(isApprover(context) ? ([[approvalsPath, texts.access.approvals.title]] as const) : []),
  ];
  return html`<nav class="links" aria-label="${common.yourAccount}">${pages.map(
    ([path, name]) => html`<a href="${path}"${path === here && html` aria-current="page"`}>${name}</a>`,
  )}</nav>`;
}

function isByPasskey({ settings, visit }: PageContext): boolean {
  const idp = visit.session?.identity.idp;
  return settings.identityProviders.some(({ type, id }) => type === 'passkey' && id === idp);
}

/** Of any application, perhaps after one more step: without mail, nothing else leads them to the page. */
export function isApprover({ facts, rules }: PageContext): boolean {
  const asked = { ...facts, method: 'GET' };
  return rules.applications.some(
    ({ requests }) =>
      requests !== null && (requests.mayApprove(asked) || requests.approvalNeeds(asked).length > 0),
  );
}
