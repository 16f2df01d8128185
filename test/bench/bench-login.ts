// The identity provider of the benchmark (oidc-provider, one person who is logged in without a question) and a client with a cookie
// jar that follows its redirects, as a browser would. Bouncer and mod_auth_openidc are logged in through the same one.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'undici';

// oidc-provider comes without types: what is used of it.
interface Grant {
  addOIDCScope(scope: string): void;
  save(): Promise<string>;
}
interface Provider {
  callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  interactionFinished(req: IncomingMessage, res: ServerResponse, result: object): Promise<void>;
  readonly Grant: new (options: { readonly clientId: string; readonly accountId: string }) => Grant;
}
const { Provider } = (await import('oidc-provider' as string)) as {
  readonly Provider: new (issuer: string, options: object) => Provider;
};

// Every host of the benchmark is this machine, whatever the resolver thinks of names below localhost.
const loopback = new Agent({
  // Nobody vouches for the certificates of a benchmark.
  connect: {
    rejectUnauthorized: false,
    lookup: (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  },
});

export interface IdentityProvider {
  readonly issuer: string;
  stop(): void;
}

export const client = { id: 'bench', secret: 'bench-secret-of-no-worth-0123456789' } as const;
export const person = { sub: 'alice', email: 'alice@example.com', groups: ['staff', 'admins'] } as const;

/** Start the provider on a port of loopback, for these redirect URIs. */
export async function startIdentityProvider(
  port: number,
  redirectUris: readonly string[],
): Promise<IdentityProvider> {
  const issuer = `http://127.0.0.1:${port}`;
  const metadata = {
    client_id: client.id,
    client_secret: client.secret,
    redirect_uris: [...redirectUris],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  };
  const provider: Provider = new Provider(issuer, {
    clients: [metadata],
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
      profile: ['name'],
    },
    scopes: ['openid', 'email', 'profile', 'groups', 'offline_access'],
    conformIdTokenClaims: false,
    pkce: { required: () => false },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['bench'] },
    ttl: { Session: 86_400, Grant: 86_400, AccessToken: 86_400, IdToken: 3_600, Interaction: 600 },
    interactions: {
      url: (_ctx: unknown, interaction: { readonly uid: string }) => `/login/${interaction.uid}`,
    },
    findAccount: (_ctx: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({
        sub,
        email: person.email,
        email_verified: true,
        name: 'Alice',
        groups: [...person.groups],
      }),
    }),
    loadExistingGrant: async () => {
      const grant = new provider.Grant({ clientId: client.id, accountId: person.sub });
      grant.addOIDCScope('openid email profile groups offline_access');
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  const server: Server = createServer((req, res) => {
    if (req.url?.startsWith('/login/')) {
      provider
        .interactionFinished(req, res, { login: { accountId: person.sub, amr: ['pwd'] } })
        .catch((error: unknown) => res.writeHead(500).end(String(error)));
      return;
    }
    void callback(req, res);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  return {
    issuer,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * Follow redirects from `url` until an answer is not a redirect. Hosts below `localhost` are reached at 127.0.0.1.
 *
 * @param end.host whose cookies are asked for; that of `url` by default
 * @param end.status of the last answer, 200 by default
 * @returns the cookies of the host, as the value of a `Cookie` field
 * @throws Error when the last answer has another status
 */
export async function logIn(
  url: string,
  end: { readonly host?: string; readonly status?: number } = {},
): Promise<string> {
  const jar = new Map<string, Map<string, string>>();
  let location = new URL(url);
  for (let step = 0; step < 20; step++) {
    const cookies = jar.get(location.host) ?? new Map<string, string>();
    const response = await request(location, {
      dispatcher: loopback,
      headers: {
        accept: 'text/html',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        ...(cookies.size === 0 ? {} : { cookie: cookieField(cookies) }),
      },
    });
    for (const cookie of [response.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(cookie)) cookies.delete(name);
      else cookies.set(name, value);
    }
    jar.set(location.host, cookies);
    await response.body.dump();
    const next = response.headers['location'];
    if (response.statusCode < 300 || response.statusCode > 399 || typeof next !== 'string') {
      if (response.statusCode !== (end.status ?? 200)) {
        throw new Error(`the login ended at ${location.href} with ${response.statusCode}`);
      }
      return cookieField(jar.get(end.host ?? new URL(url).host) ?? new Map());
    }
    location = new URL(next, location);
  }
  throw new Error('the login goes in circles');
}

function cookieField(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}
