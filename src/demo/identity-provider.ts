// The demonstration's identity provider: a real OpenID provider (oidc-provider) whose login page asks for a name and no password.
// For loopback only. Everything it knows is in memory and gone with the process.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, fetch as fetchWithAgent } from 'undici';
import { BouncerError } from '../bouncer-error.ts';
import { demoPageHeaders } from './demo-page.ts';
import { loadOidcLibrary, type OidcLibrary, type Provider, type ProviderContext } from './oidc-library.ts';
import { type Person, people } from './people.ts';
import { renderLogin, renderLogout, renderNotice } from './provider-pages.ts';
import { createProviderStorage } from './provider-storage.ts';

/** The word for "a hardware key that resists phishing" (RFC 9470's example, as most providers have it). */
const hardwareKeyAcr = 'phrh';

export interface ProviderClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** bouncer's `auth_url`. */
  readonly authUrl: string;
  readonly redirectUri: string;
}

export interface RunningProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

/**
 * Start the identity provider on 127.0.0.1.
 *
 * @param issuer its own address, such as `http://idp.localhost:8081`; the port is the one to listen on
 * @param whom the people whom it knows at this moment
 */
export async function startIdentityProvider(
  issuer: string,
  client: ProviderClient,
  whom: () => readonly Person[] = () => people,
): Promise<RunningProvider> {
  const library = await loadOidcLibrary();
  const provider = createProvider(library, issuer, client, whom);
  const handleProtocol = provider.callback();
  const server = createServer((req, res) => {
    const uid = /^\/login\/([\w-]+)$/.exec(req.url ?? '')?.[1];
    const work =
      uid === undefined ? handleProtocol(req, res) : handleLogin(provider, uid, { req, res, people: whom() });
    work.catch(() =>
      answerPage(res, 400, renderNotice('That took too long', 'Go back to the application and start again.')),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(notListening(issuer, error)));
    server.listen(Number(new URL(issuer).port), '127.0.0.1', resolve);
  });
  return {
    issuer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const scopes = ['openid', 'email', 'profile', 'groups', 'offline_access'];

const claimsByScope = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  email: ['email', 'email_verified'],
  profile: ['name'],
  groups: ['groups'],
};

/** Seconds. */
const lifetimes = {
  AccessToken: 3600,
  AuthorizationCode: 60,
  Grant: 86_400,
  IdToken: 3600,
  Interaction: 900,
  RefreshToken: 86_400,
  Session: 86_400,
};

function clientMetadata({ clientId, clientSecret, authUrl, redirectUri }: ProviderClient): object {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    client_name: 'bouncer',
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: ['/.bouncer/logout', '/.bouncer/', '/', ''].map((path) => authUrl + path),
    backchannel_logout_uri: `${authUrl}/.bouncer/backchannel-logout`,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  };
}

function createProvider(
  library: OidcLibrary,
  issuer: string,
  client: ProviderClient,
  whom: () => readonly Person[],
): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider: Provider = new library.Provider(issuer, {
    adapter: createProviderStorage(Date.now),
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'demo' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: [clientMetadata(client)],
    scopes,
    claims: claimsByScope,
    // Said in its metadata, so that whoever wants another account asks for a login.
    discovery: { prompt_values_supported: ['none', 'login', 'consent'] },
    acrValues: [hardwareKeyAcr, 'pwd'],
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: showLogout, postLogoutSuccessSource: showLoggedOut },
    },
    ttl: lifetimes,
    interactions: {
      policy: loginPolicy(library),
      url: (_context: unknown, interaction: { readonly uid: string }) => `/login/${interaction.uid}`,
    },
    findAccount: (_context: unknown, id: string) => findAccount(id, whom()),
    // Nobody is asked whether bouncer may know their name: here it may.
    loadExistingGrant: async (context: ProviderContext) => {
      const grant = new provider.Grant({
        clientId: context.oidc.client?.clientId ?? '',
        accountId: context.oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope(scopes.join(' '));
      await grant.save();
      return grant;
    },
    issueRefreshToken: () => true,
    expiresWithSession: () => false,
    renderError: (context: ProviderContext, out: { readonly error: string }) => {
      context.type = 'html';
      context.body = renderNotice(
        'That did not work',
        `The identity provider says: ${out.error}. Go back and start again.`,
      );
    },
    fetch: fetchOnLoopback(),
  });
  return provider;
}

/** The usual reasons to ask who somebody is, and one more: a security key is wanted and was not used. */
function loginPolicy({ interactionPolicy }: OidcLibrary): object {
  const policy = interactionPolicy.base();
  const { Check } = interactionPolicy;
  policy.get('login')?.checks.add(
    new Check('security_key', 'a security key is asked for', 'login_required', ({ oidc }) => {
      const isWanted = wantsKey(oidc.params ?? {});
      return isWanted && oidc.session?.acr !== hardwareKeyAcr && oidc.result?.login === undefined;
    }),
  );
  return policy;
}

function wantsKey(params: Readonly<Record<string, unknown>>): boolean {
  return String(params['acr_values'] ?? '')
    .split(' ')
    .includes(hardwareKeyAcr);
}

function findAccount(id: string, people: readonly Person[]): object | undefined {
  const person = people.find((candidate) => candidate.id === id);
  if (person === undefined) return undefined;
  const { name, email, groups } = person;
  return {
    accountId: id,
    claims: () => ({ sub: id, name, email, email_verified: true, groups: [...groups] }),
  };
}

async function handleLogin(
  provider: Provider,
  uid: string,
  {
    req,
    res,
    people,
  }: {
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
    readonly people: readonly Person[];
  },
): Promise<void> {
  const interaction = await provider.interactionDetails(req, res);
  if (interaction.uid !== uid) throw new Error('the login page is another login’s');
  if (req.method !== 'POST') {
    answerPage(res, 200, renderLogin(uid, people, wantsKey(interaction.params)));
    return;
  }
  const form = new URLSearchParams(await readText(req));
  const person = people.find(({ id }) => id === form.get('person'));
  if (person === undefined) throw new Error('nobody was picked');
  const hasUsedKey = person.hasSecurityKey && form.get('key') === 'yes';
  const login = {
    accountId: person.id,
    amr: hasUsedKey ? ['pwd', 'hwk'] : ['pwd'],
    acr: hasUsedKey ? hardwareKeyAcr : 'pwd',
    remember: false,
  };
  await provider.interactionFinished(req, res, { login }, { mergeWithLastSubmission: false });
}

async function readText(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of req) {
    text += String(chunk);
    if (text.length > 10_000) throw new Error('the form is too large');
  }
  return text;
}

function answerPage(res: ServerResponse, status: number, body: string): void {
  if (res.headersSent) return void res.destroy();
  res.writeHead(status, demoPageHeaders).end(body);
}

/** The library hands over its form as markup; the page is ours, so only its two values are taken. */
async function showLogout(context: ProviderContext, form: string): Promise<void> {
  const action = /action="([^"]*)"/.exec(form)?.[1] ?? '';
  const token = /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? '';
  context.type = 'html';
  context.body = renderLogout(action, token);
}

async function showLoggedOut(context: ProviderContext): Promise<void> {
  context.type = 'html';
  context.body = renderNotice('You are logged out', 'You can close this page.');
}

/** Back-channel logout goes to `auth.localhost`: this machine, whether the resolver knows the name or not. */
function fetchOnLoopback(): (url: string | URL, options: object) => Promise<unknown> {
  const dispatcher = new Agent({
    connect: { lookup: (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) },
  });
  return (url, options) => fetchWithAgent(url, { ...options, dispatcher });
}

/** Its port is part of its issuer, so that another one cannot stand in for it. */
function notListening(issuer: string, error: Error): BouncerError {
  return new BouncerError('listen_failed', `the identity provider cannot listen on the port of ${issuer}`, {
    cause: error,
    hint: `something else listens there: end it, or give \`issuer\` another port (${error.message})`,
  });
}
