// Questions to GitHub's REST API with a person's token: what an answer's status and header fields mean, and lists page by page.
import { BouncerError } from '../../bouncer-error.ts';
import { isRecord } from '../../source/is-record.ts';
import type { LimitedFetch } from '../limited-fetch.ts';
import { addressText } from '../said-by-provider.ts';

/** Pages of a list that are read, of a hundred items each. */
const mostPages = 20;

/** The cause of an error that is about one person's questions and not about GitHub. */
export class RateLimit extends Error {}

/** What came back, other than an answer that cannot be used. */
export type ApiAnswer =
  | { readonly kind: 'ok'; readonly value: unknown; readonly headers: Headers }
  /** The token is good for nothing any more. */
  | { readonly kind: 'unauthorized' }
  /**
   * Not for this token.
   *
   * @property ssoUrl where the person allows it, when it is their single sign-on that is missing; as sent
   * @property isSuspended whether GitHub says that it is the account that may do nothing any more
   */
  | { readonly kind: 'forbidden'; readonly ssoUrl: string | null; readonly isSuspended: boolean }
  | { readonly kind: 'not-found' };

export interface ListAnswer {
  readonly items: readonly unknown[];
  /** There are more than are read. */
  readonly isCut: boolean;
  /** Ids of organisations whose part was left out, because the person's single sign-on there is missing. */
  readonly withoutOrganizations: readonly string[];
}

export interface GithubApi {
  /** @param path below the API's address, with its query @throws BouncerError `provider_unavailable`, `login_failed` */
  get(path: string, token: string): Promise<ApiAnswer>;
  /** All pages of a list; anything but a list as {@link get} gives it. */
  list(path: string, token: string): Promise<ListAnswer | Exclude<ApiAnswer, { readonly kind: 'ok' }>>;
}

/** @param api the beginning of all its addresses */
export function createGithubApi(limited: LimitedFetch, api: string, now: () => number): GithubApi {
  const ask = async (address: string, token: string): Promise<ApiAnswer> => {
    const response = await limited.fetch(address, {
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'bouncer',
        'x-github-api-version': '2022-11-28',
      },
    });
    return readAnswer(response, address, now());
  };

  return {
    get: (path, token) => ask(api + path, token),

    list: async (path, token) => {
      const items: unknown[] = [];
      const without = new Set<string>();
      let next: string | null = `${api}${path}${path.includes('?') ? '&' : '?'}per_page=100`;
      for (let page = 0; next !== null; page++) {
        if (page === mostPages) return { items, isCut: true, withoutOrganizations: [...without] };
        const answer: ApiAnswer = await ask(next, token);
        if (answer.kind !== 'ok') return answer;
        if (!Array.isArray(answer.value)) throw unusable(next, 'something else than a list');
        items.push(...answer.value);
        for (const id of organizationsLeftOut(answer.headers)) without.add(id);
        next = nextPage(answer.headers, api);
      }
      return { items, isCut: false, withoutOrganizations: [...without] };
    },
  };
}

async function readAnswer(response: Response, address: string, nowMs: number): Promise<ApiAnswer> {
  const { status, headers } = response;
  const value: unknown = await response.json().catch(() => undefined);
  if (status === 200) {
    if (value === undefined) throw unusable(address, 'something else than JSON');
    return { kind: 'ok', value, headers };
  }
  const message =
    isRecord(value) && typeof value['message'] === 'string' ? value['message'].slice(0, 500) : '';
  if (isLimited(status, headers, message))
    throw new BouncerError(
      'provider_unavailable',
      `${addressText(address)} takes no more questions for this person, for ${waitSeconds(headers, nowMs)} s`,
      {
        cause: new RateLimit(),
        hint: 'GitHub counts questions for each person and app: is the app used by much else, or `session.recheck` very short?',
      },
    );
  if (status === 401) return { kind: 'unauthorized' };
  if (status === 403)
    return { kind: 'forbidden', ssoUrl: ssoUrlOf(headers), isSuspended: /suspended/i.test(message) };
  if (status === 404) return { kind: 'not-found' };
  throw unusable(address, `status ${status}`);
}

/** The primary limit (nothing is left) and the secondary one, of which there is no other sign than its words at times. */
function isLimited(status: number, headers: Headers, message: string): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after') || /rate limit/i.test(message)
  );
}

function waitSeconds(headers: Headers, nowMs: number): number {
  const after = Number(headers.get('retry-after') ?? Number.NaN);
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  const seconds = Number.isFinite(after) ? after : reset - nowMs / 1000;
  // Without a word of it, GitHub wants a minute.
  return Number.isFinite(seconds) ? Math.max(1, Math.round(seconds)) : 60;
}

function unusable(address: string, what: string): BouncerError {
  return new BouncerError('login_failed', `${addressText(address)} answered with ${what}`, {
    hint: 'is `url` the address of GitHub, or of your GitHub Enterprise? does a proxy stand in between?',
  });
}

/** `X-GitHub-SSO: required; url=…` */
function ssoUrlOf(headers: Headers): string | null {
  const field = headers.get('x-github-sso')?.slice(0, 2048) ?? '';
  return /^\s*required\s*;\s*url=(\S+)\s*$/.exec(field)?.[1] ?? null;
}

/** `X-GitHub-SSO: partial-results; organizations=21955855,20582480` */
function organizationsLeftOut(headers: Headers): readonly string[] {
  const field = headers.get('x-github-sso')?.slice(0, 2048) ?? '';
  const ids = /^\s*partial-results\s*;\s*organizations=([0-9,\s]+)$/.exec(field)?.[1];
  return ids === undefined ? [] : ids.split(',').map((id) => id.trim());
}

/** RFC 8288. Where it leads elsewhere it leads nowhere: the token goes to the API alone. */
function nextPage(headers: Headers, api: string): string | null {
  const field = headers.get('link')?.slice(0, 8192) ?? '';
  for (const part of field.split(',')) {
    const target = /<([^<>]+)>/.exec(part)?.[1];
    if (target === undefined || !/;\s*rel="?next"?\s*(?:;|$)/.test(part)) continue;
    if (URL.canParse(target) && new URL(target).href.startsWith(`${api}/`)) return new URL(target).href;
    throw unusable(api, 'a next page somewhere else');
  }
  return null;
}
