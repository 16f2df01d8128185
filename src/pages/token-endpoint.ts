// The page of a person's programs on `auth_url`: what acts as them, ending it, and making tokens. Every change is a form of this page.
import { originOf } from '../http/origin-of.ts';
import { isFreshLogin } from '../identity/login/fresh-login.ts';
import { tokensPath } from '../identity/login/issue-personal-token.ts';
import type { PersonVisit } from '../identity/login/login-step.ts';
import { mostPersonalTokens, type PersonTokens } from '../identity/login/personal-tokens.ts';
import { cleanName } from '../identity/terminals/program-claim.ts';
import type { Answer } from './answer.ts';
import type { Endpoint } from './endpoint.ts';
import { isOwnForm } from './is-own-form.ts';
import { answerStep } from './login-pages.ts';
import { ownRefusal } from './own-refusal.ts';
import type { PageContext } from './page-context.ts';
import { isAnswer, requirePerson } from './person-visit.ts';
import { lifetimesDays, renderTokens, type TokenFault } from './token-pages.ts';

const dayMs = 86_400_000;

type Form = Readonly<Record<string, unknown>>;

export const tokensPage: Endpoint = {
  GET: async (context, { tokens }) => {
    const visit = requirePerson(context, tokensPath);
    return isAnswer(visit) ? visit : show(context, tokens, visit);
  },
  POST: async (context, { tokens }, readForm) => {
    if (!isOwnForm(context.request, originOf(context.settings, context.visit.host)))
      return ownRefusal(context, 'cross-site-request');
    const visit = requirePerson(context, tokensPath);
    if (isAnswer(visit)) return visit;
    const form = (await readForm()) ?? {};
    const { end } = form;
    if (typeof end === 'string') {
      await tokens.end(visit, end);
      return { kind: 'redirect', status: 303, location: tokensPath, setCookies: [] };
    }
    return make(context, tokens, visit, form);
  },
};

async function make(
  context: PageContext,
  tokens: PersonTokens,
  visit: PersonVisit,
  form: Form,
): Promise<Answer> {
  const typed = typeof form['name'] === 'string' ? form['name'].trim().slice(0, 48) : '';
  const open = openApplications(context);
  const wanted = Object.entries(form).flatMap(([name, value]) =>
    /^application-\d{1,4}$/.test(name) && typeof value === 'string' ? [value] : [],
  );
  const applications = open.filter((name) => wanted.includes(name));
  const days = lifetimesDays.find((one) => String(one) === form['days']) ?? lifetimesDays[0];
  const fault = await faultOf(tokens, visit, typed, applications);
  if (fault !== null) return show(context, tokens, visit, { fault, typed });
  const order = { name: cleanName(typed), applications, lifetimeMs: days * dayMs };
  return answerStep(await tokens.begin(visit, order), context);
}

async function faultOf(
  tokens: PersonTokens,
  visit: PersonVisit,
  typed: string,
  applications: readonly string[],
): Promise<TokenFault | null> {
  if (typed === '') return 'no-name';
  if (applications.length === 0) return 'no-application';
  const own = (await tokens.list(visit)).filter(({ program }) => program.kind === 'personal');
  return own.length >= mostPersonalTokens ? 'too-many' : null;
}

async function show(
  context: PageContext,
  tokens: PersonTokens,
  visit: PersonVisit,
  { fault, typed }: { readonly fault: TokenFault | null; readonly typed: string } = {
    fault: null,
    typed: '',
  },
): Promise<Answer> {
  const programs = await tokens.list(visit);
  const asksAgain = !isFreshLogin(visit.session, visit.nowMs);
  const view = { programs, applications: openApplications(context), asksAgain, fault, typed };
  const body = renderTokens(view, context);
  return { kind: 'page', status: fault === null ? 200 : 400, body };
}

/** The applications that take personal tokens and of which the person may open at least a part, by name. */
function openApplications({ rules, facts }: PageContext): readonly string[] {
  return rules.applications
    .filter(
      ({ takesPersonal, areas }) =>
        takesPersonal && areas.some((area) => area.decide(facts).outcome !== 'deny'),
    )
    .map(({ name }) => name);
}
