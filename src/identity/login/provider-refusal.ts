// What a provider sends a person back with in place of a code (RFC 6749 section 4.1.2.1). The words are a visitor's until the login
// is known to be this browser's.
import type { Explained } from '../explain-oauth-error.ts';
import type { RedirectProvider } from '../identity-provider.ts';
import type { LoginState } from './login-records.ts';

/** What a provider may say that does not know `prompt=select_account` (OpenID Connect Core section 3.1.2.6, RFC 6749 section 4.1.2.1). */
const choiceRefusals: ReadonlySet<string> = new Set([
  'invalid_request',
  'login_required',
  'interaction_required',
  'account_selection_required',
]);

/** Whether it was a choice of accounts that the provider refused: then a login is asked for instead, which is not asked for again. */
export function isChoiceRefused({ accountPrompt }: LoginState, error: string | undefined): boolean {
  return accountPrompt === 'select_account' && error !== undefined && choiceRefusals.has(error);
}

/** What the provider said in the browser's address (RFC 6749 section 4.1.2.1): cleaned, as the visitor brings it. */
export function refusalOf(
  query: ReadonlyMap<string, string>,
  provider: RedirectProvider,
  { origin, pathname }: URL,
): Explained {
  const error = query.get('error') ?? '';
  return provider.explainRefusal(
    {
      error: /^[a-z_]{1,40}$/.test(error) ? error : 'error',
      description: query.get('error_description'),
      where: 'the identity provider sent the person back with',
    },
    `${origin}${pathname}`,
  );
}
