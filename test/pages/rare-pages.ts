// The pages in states that are seldom met: a person meets them all the same, and every text stands somewhere.
import type { LoginStep } from '../../src/identity/login/login-step.ts';
import type { Answer } from '../../src/pages/answer.ts';
import { answerStep } from '../../src/pages/login-pages.ts';
import { renderSignedOut } from '../../src/pages/logout-pages.ts';
import type { PageContext } from '../../src/pages/page-context.ts';
import { renderSessions } from '../../src/pages/sessions-page.ts';
import { renderDeviceAsk } from '../../src/pages/terminal-pages.ts';
import { renderTokens, type TokensView } from '../../src/pages/token-pages.ts';
import type { ListedProgram } from '../../src/store/session-store.ts';
import { keySteps } from './key-steps.ts';
import { applications, type ContextOptions, erin, rulesOf, settings } from './page-fixtures.ts';

const code = {
  kind: 'ask-code',
  ...{ loginId: 'AAAAAAAAAAAAAAAAAAAAAA', email: 'mom@family.example' },
  ...{ isAgain: false, isMailDelayed: false, applicationName: null, otherWayHref: null, setCookies: [] },
} as const;

const stepUp = {
  kind: 'explain-step-up',
  ...{ isHardwareKey: false, maxAgeSeconds: null, applicationName: 'Payroll' },
  ...{ providerLabel: 'Example Corp', continueHref: '/.bouncer/login', setCookies: [] },
} as const;

/** Of whoever is logged in, or of nobody. */
const steps: Readonly<Record<string, LoginStep>> = {
  'chooser-plain': {
    kind: 'choose',
    providers: [
      { ...{ id: 'email', label: 'Code by e-mail', href: '/.bouncer/login?provider=email' }, ...way() },
      { ...{ id: 'passkey', label: 'Passkey', href: '/.bouncer/login?provider=passkey' }, ...way() },
    ],
    applicationName: null,
    setCookies: [],
  },
  'ask-code-none': { ...code, fault: 'no-code' },
  'ask-code-used-up': { ...code, fault: 'used-up' },
  'step-up-new-login': stepUp,
  'signed-out-half': { kind: 'signed-out', isWritten: false, setCookies: [] },
  'signed-out-still': { kind: 'signed-out', stillAt: 'GitHub', setCookies: [] },
};

function way() {
  return { isLast: false, isSilent: false, opens: [] };
}

export function addRarePages(
  pages: Map<string, string>,
  contextOf: (options?: ContextOptions) => PageContext,
  logins: { readonly ofSession: ListedProgram['login']; readonly vouched: ListedProgram['login'] },
): void {
  const loggedIn = contextOf({ identity: erin });
  for (const [name, step] of Object.entries(steps)) pages.set(name, bodyOf(answerStep(step, loggedIn)));
  const { 'use-key': use, 'enrol-key': enrol, 'keys-none': none } = keySteps;
  if (use?.kind === 'use-key')
    pages.set('use-key-own', bodyOf(answerStep({ ...use, applicationName: null }, loggedIn)));
  if (enrol?.kind === 'enrol-key')
    pages.set('enrol-key-first', bodyOf(answerStep({ ...enrol, applicationName: null }, loggedIn)));
  if (none?.kind === 'keys') pages.set('keys-first', bodyOf(answerStep({ ...none, canAdd: true }, loggedIn)));
  const [wiki] = applications;
  const rules = { ...rulesOf(applications), findApplication: () => wiki ?? null };
  const on = { kind: 'redirect', location: 'https://wiki.example.com/', setCookies: [] } as const;
  pages.set('on-to-application', bodyOf(answerStep(on, contextOf({ method: 'POST', rules }))));
  const [provider] = settings.identityProviders;
  if (provider === undefined) throw new Error('no provider');
  const two = { ...settings, identityProviders: [provider, { ...provider, id: 'other' }] };
  pages.set('signed-out-two-providers', renderSignedOut(contextOf({ settings: two })));
  for (const ended of [0, 1])
    pages.set(`sessions-ended-${ended}`, renderSessions(loggedIn, { sessions: [], ended, letters: null }));
  addTokenPages(pages, loggedIn, logins);
  const { session } = loggedIn.visit;
  if (session === null) throw new Error('nobody is logged in');
  const ask = { name: 'build-box', challenge: 'c'.repeat(43), ip: null, country: null, beganAtMs: 0 };
  const visit = { ...loggedIn.visit, session };
  pages.set('device-ask-unknown', renderDeviceAsk({ ask, code: 'WDJB-MJHT', visit }, loggedIn));
}

function addTokenPages(
  pages: Map<string, string>,
  context: PageContext,
  { ofSession, vouched }: Parameters<typeof addRarePages>[2],
): void {
  const program = (kind: 'terminal' | 'personal', login: ListedProgram['login']): ListedProgram => ({
    ...{ hash: kind, program: { kind, name: 'build-box', applications: null } },
    ...{ createdAtMs: login.lastSeenMs, login },
  });
  const view: TokensView = {
    programs: [
      program('terminal', { ...ofSession, id: context.visit.session?.id ?? '' }),
      program('terminal', { ...ofSession, id: 'other' }),
      program('personal', vouched),
    ],
    ...{ applications: ['dav'], asksAgain: false, fault: 'no-application', typed: 'Calendar' },
  };
  pages.set('tokens-no-application', renderTokens(view, context));
  pages.set('tokens-too-many', renderTokens({ ...view, fault: 'too-many' }, context));
}

function bodyOf(answer: Answer): string {
  if (answer.kind !== 'page') throw new Error(`not a page: ${answer.kind}`);
  return answer.body;
}
