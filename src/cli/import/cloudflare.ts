// Applications of Cloudflare Access, as its API lists them (`GET /accounts/…/access/apps`) → rules. What would let in more than it did is
// left out and told.
import { BouncerError } from '../../bouncer-error.ts';
import { isRecord } from '../../source/is-record.ts';
import type { Imported, ImportedApplication, ImportedPolicy, ImportedSelector } from './imported.ts';
import { nobody } from './imported.ts';

type Json = Readonly<Record<string, unknown>>;
type Translated = ImportedSelector | 'always' | null;

/** @param text the answer of the API, or `{ "apps": …, "groups": … }` with the answers of both @throws BouncerError `usage` */
export function importCloudflare(text: string): Imported {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new BouncerError('usage', 'the file is not JSON', {
      cause,
      hint: 'save the answer of `GET /accounts/ACCOUNT/access/apps`',
    });
  }
  const source = isRecord(document) ? document : {};
  const apps = listIn(source['apps'] ?? document);
  const groups = new Map(listIn(source['groups'] ?? []).map((group) => [String(group['id']), group]));
  if (apps.length === 0) throw new BouncerError('usage', 'the file has no application of Cloudflare Access');
  const left: string[] = [];
  const hosts = new Map<string, { app: Json; path: string; policies: readonly ImportedPolicy[] }[]>();
  for (const app of apps) {
    const name = String(app['name'] ?? 'without a name');
    const domain = typeof app['domain'] === 'string' ? app['domain'] : '';
    const [host = '', ...rest] = domain.split('/');
    const path = rest.length === 0 ? '' : `/${rest.join('/')}`.replace(/\/+$/, '');
    if (host === '' || (app['type'] !== undefined && app['type'] !== 'self_hosted') || /\*/.test(path)) {
      left.push(
        `application ${name}: ${host === '' ? 'it has no domain' : `\`${domain}\`, type ${String(app['type'])}, has no counterpart`}`,
      );
      continue;
    }
    const policies = policiesOf(app, groups, (what) => left.push(`application ${name}, ${what}`));
    if (policies === null) continue;
    hosts.set(host, [...(hosts.get(host) ?? []), { app, path, policies }]);
  }
  return { applications: [...hosts].map(([host, parts]) => applicationOf(host, parts, left)), left };
}

function applicationOf(
  host: string,
  parts: readonly {
    readonly app: Json;
    readonly path: string;
    readonly policies: readonly ImportedPolicy[];
  }[],
  left: string[],
): ImportedApplication {
  const whole = parts.find(({ path }) => path === '');
  const { aud, session_duration: duration } = whole?.app ?? parts[0]?.app ?? {};
  left.push(`application ${host}: write its \`upstream\` yourself; what stands there is an example`);
  const audience = typeof aud === 'string' ? { cloudflare: aud } : 'cloudflare';
  const isPlain = typeof duration === 'string' && /^\d+[mh]$/.test(duration) && !/^0/.test(duration);
  return {
    ...{ name: host.replace(/^\*\./, 'any-').replaceAll('.', '-'), host, upstream: 'http://127.0.0.1:8090' },
    more: {
      ...(isPlain ? { session: { duration } } : {}),
      ...(host.startsWith('*') ? {} : { assertion: { also: [audience] } }),
    },
    policies: whole?.policies ?? [nobody],
    paths: parts.filter(({ path }) => path !== '').map(({ path, policies }) => ({ path, policies })),
  };
}

/** In the order in which Access reads them: those that need no login first. `null`: the application cannot be taken as it is. */
function policiesOf(
  app: Json,
  groups: ReadonlyMap<string, Json>,
  tell: (what: string) => void,
): readonly ImportedPolicy[] | null {
  const written = listIn(app['policies'] ?? []).toSorted((a, b) => rank(a) - rank(b));
  const made: ImportedPolicy[] = [];
  for (const policy of written) {
    const name = String(policy['name'] ?? 'policy');
    const lists = (['include', 'require', 'exclude'] as const).map((key) => {
      const items = listIn(policy[key] ?? []);
      return items.map((item) => ({ item, selector: selectorOf(item, policy['decision'], groups) }));
    });
    const lost = lists.map((list) => list.filter(({ selector }) => selector === null));
    const [lostInclude = [], lostRequire = [], lostExclude = []] = lost;
    const isDeny = policy['decision'] === 'deny';
    for (const { item } of lost.flat())
      tell(`policy ${name}: \`${JSON.stringify(item)}\` has no counterpart`);
    if (isDeny && lostInclude.length > 0) {
      tell(`policy ${name} denies whom the rules cannot name: the application is left out`);
      return null;
    }
    if (!isDeny && lostRequire.length + lostExclude.length > 0) {
      tell(`policy ${name} is left out: without that it would let in more`);
      continue;
    }
    const [include, require, exclude] = lists.map((list) =>
      list.flatMap(({ selector }) => (selector === null ? [] : [selector])),
    ) as [Translated[], Translated[], Translated[]];
    const action = actionOf(policy['decision'], include);
    if (include.length === 0 || action === null) {
      tell(`policy ${name} is left out: nobody is left whom it lets in`);
      continue;
    }
    const kept = (list: Translated[]) =>
      list.filter((each): each is ImportedSelector => each !== null && each !== 'always');
    const always = action === 'allow' ? 'authenticated' : 'everyone';
    made.push({
      ...{ name, action, include: include.includes('always') ? [always] : kept(include) },
      ...(kept(require).length === 0 ? {} : { require: kept(require) }),
      ...(exclude.includes('always')
        ? { exclude: ['everyone'] }
        : kept(exclude).length === 0
          ? {}
          : { exclude: kept(exclude) }),
    });
  }
  return made.length === 0 ? [nobody] : made;
}

function rank({ decision, precedence }: Json): number {
  const early = decision === 'bypass' || decision === 'non_identity' ? 0 : 1_000_000;
  return early + (typeof precedence === 'number' ? precedence : 0);
}

/** `non_identity` (Service Auth) lets in programs with a token by name, and addresses without anything. */
function actionOf(decision: unknown, include: readonly Translated[]): ImportedPolicy['action'] | null {
  if (decision === 'allow' || decision === 'deny' || decision === 'bypass') return decision;
  if (decision !== 'non_identity') return null;
  const isToken = (each: Translated) =>
    each === 'any_service_token' || (isRecord(each) && 'service_token' in each);
  if (include.every(isToken)) return 'allow';
  return include.some(isToken) ? null : 'bypass';
}

function selectorOf(item: Json, decision: unknown, groups: ReadonlyMap<string, Json>): Translated {
  const [kind = ''] = Object.keys(item);
  const value = isRecord(item[kind]) ? item[kind] : {};
  const text = (key: string): string | null => {
    const found = value[key];
    return typeof found === 'string' && found !== '' && !found.includes('*') ? found : null;
  };
  const one = (key: string, name: string): Translated => {
    const found = text(key);
    return found === null ? null : { [name]: found };
  };
  switch (kind) {
    case 'everyone':
      return 'always';
    case 'any_valid_service_token':
      return 'any_service_token';
    case 'email':
      return one('email', 'email');
    case 'email_domain':
      return one('domain', 'email_domain');
    case 'ip':
      return one('ip', 'ip');
    case 'geo':
      return one('country_code', 'country');
    case 'auth_method':
      return one('auth_method', 'auth_method');
    case 'okta':
    case 'gsuite':
      return kind === 'okta' ? one('name', 'group') : one('email', 'group');
    case 'azureAD':
    case 'azure_ad':
      return one('id', 'group');
    case 'github-organization':
    case 'github_organization': {
      const team = text('team');
      const name = text('name');
      return name === null ? null : { group: team === null ? name : `${name}/${team}` };
    }
    case 'service_token':
      return one('token_id', 'service_token');
    case 'group':
      return groupOf(groups.get(String(value['id'])), decision, groups);
    default:
      return null;
  }
}

/** A group that is a plain list of addresses or domains is written out; any other needs a rule group that somebody writes. */
function groupOf(group: Json | undefined, decision: unknown, groups: ReadonlyMap<string, Json>): Translated {
  if (
    group === undefined ||
    listIn(group['require'] ?? []).length + listIn(group['exclude'] ?? []).length > 0
  )
    return null;
  const members = listIn(group['include'] ?? []).map((item) => selectorOf(item, decision, groups));
  const merged = new Map<string, string[]>();
  for (const member of members) {
    if (!isRecord(member)) return null;
    for (const [kind, value] of Object.entries(member))
      merged.set(kind, [...(merged.get(kind) ?? []), ...[value as string | string[]].flat()]);
  }
  const [only, ...others] = merged;
  return only === undefined || others.length > 0 ? null : { [only[0]]: only[1] };
}

/** A list, or the `result` of an answer. */
function listIn(value: unknown): readonly Json[] {
  const list = isRecord(value) && Array.isArray(value['result']) ? value['result'] : value;
  return Array.isArray(list) ? list.filter(isRecord) : isRecord(list) && 'domain' in list ? [list] : [];
}
