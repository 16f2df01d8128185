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
  const source = parseAnswer(text);
  const apps = listIn(source.apps);
  const groups = new Map(listIn(source.groups).map((group) => [String(group['id']), group]));
  if (apps.length === 0)
    throw new BouncerError('usage', 'the file has no application of Cloudflare Access', { hint: whatToSave });
  const left: string[] = [...morePages('applications', source.apps), ...morePages('groups', source.groups)];
  const hosts = new Map<string, Part[]>();
  for (const app of apps) {
    const name = String(app['name'] ?? 'without a name');
    const policies = policiesOf(app, groups, (what) => left.push(`application ${name}, ${what}`));
    if (policies === null) continue;
    const tell = (what: string) => void left.push(`application ${name}: ${what}`);
    if (textsIn(app['allowed_idps']).length > 0)
      tell('only some identity providers may be asked there: write `login_methods`');
    for (const { host, path } of placesOf(app, tell))
      hosts.set(host, [...(hosts.get(host) ?? []), { app, path, policies }]);
  }
  return { applications: [...hosts].map(([host, parts]) => applicationOf(host, parts, left)), left };
}

const whatToSave =
  'save the answer of `GET /accounts/ACCOUNT/access/apps?per_page=1000`, also where Terraform made them';

/** @throws BouncerError `usage` */
function parseAnswer(text: string): { readonly apps: unknown; readonly groups: unknown } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new BouncerError('usage', 'the file is not JSON', { cause, hint: whatToSave });
  }
  const source = isRecord(document) ? document : {};
  if ('terraform_version' in source)
    throw new BouncerError(
      'usage',
      'the file is a state or a plan of Terraform, whose form changes with its provider',
      {
        hint: whatToSave,
      },
    );
  return { apps: source['apps'] ?? document, groups: source['groups'] ?? [] };
}

/** The API answers page by page, and says how much there is. */
function morePages(what: string, answer: unknown): readonly string[] {
  const info = isRecord(answer) && isRecord(answer['result_info']) ? answer['result_info'] : {};
  const total = info['total_count'];
  const count = listIn(answer).length;
  return typeof total === 'number' && total > count
    ? [`${what}: the answer has ${count} of ${total}; ask with \`per_page=1000\``]
    : [];
}

/** An application, or a part of one, at a host. */
interface Part {
  readonly app: Json;
  /** Empty: the whole host. */
  readonly path: string;
  readonly policies: readonly ImportedPolicy[];
}

/** Where an application is reached: `domain`, and besides what `destinations` and their forerunner list. */
function placesOf(
  app: Json,
  tell: (what: string) => void,
): readonly { readonly host: string; readonly path: string }[] {
  const { domain, type } = app;
  const destinations = listIn(app['destinations'] ?? []);
  for (const { type: kind } of destinations)
    if (kind !== undefined && kind !== 'public')
      tell(`a destination of type ${String(kind)} has no counterpart`);
  const further = destinations.flatMap(({ type: kind, uri }) =>
    kind === undefined || kind === 'public' ? [uri] : [],
  );
  const named = [domain, ...textsIn(app['self_hosted_domains']), ...further];
  const all = new Set(named.filter((each): each is string => typeof each === 'string' && each !== ''));
  if (all.size === 0) tell('it has no domain');
  return [...all].flatMap((each) => {
    const [host = '', ...rest] = each.split('/');
    const path = rest.length === 0 ? '' : `/${rest.join('/')}`.replace(/\/+$/, '');
    if ((type === undefined || type === 'self_hosted') && host !== '' && !/\*/.test(path))
      return [{ host, path }];
    tell(`\`${each}\`, type ${String(type)}, has no counterpart`);
    return [];
  });
}

function applicationOf(host: string, parts: readonly Part[], left: string[]): ImportedApplication {
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
    const strict = policy['decision'] === 'allow' ? askedBesides(policy) : null;
    if (strict !== null) {
      tell(
        `policy ${name} is left out: \`${strict}\` has no counterpart, and without it that would let in more`,
      );
      continue;
    }
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

/** What a policy asks of people before it lets them in; `null`: nothing but what its lists say. */
function askedBesides({ approval_required, isolation_required, mfa_config: mfa }: Json): string | null {
  if (approval_required === true) return 'approval_required';
  if (isolation_required === true) return 'isolation_required';
  return isRecord(mfa) && mfa['mfa_disabled'] !== true && Object.keys(mfa).length > 0 ? 'mfa_config' : null;
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

/** The objects of a list, or of the `result` of an answer. */
function listIn(value: unknown): readonly Json[] {
  const list = isRecord(value) && Array.isArray(value['result']) ? value['result'] : value;
  return Array.isArray(list) ? list.filter(isRecord) : isRecord(list) && 'domain' in list ? [list] : [];
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
