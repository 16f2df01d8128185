// A real Keycloak in memory with one realm, and the little of its administration that the tests need.
import { join } from 'node:path';
import { findFreePort } from '../../src/demo/free-port.ts';
import { type RunningProgram, startProgram } from './program.ts';

const realm = 'bouncer';
const secret = 'a secret of the client';

export interface Keycloak {
  readonly issuer: string;
  readonly clientSecret: string;
  readonly program: RunningProgram;
  /** Registers bouncer as a client. */
  addClient(authUrl: string, providerId: string): Promise<void>;
  addPerson(name: string, groups: readonly string[]): Promise<string>;
  join(personId: string, group: string): Promise<void>;
  /** An administrator ends all sessions of a person: Keycloak tells the clients. */
  logOut(personId: string): Promise<void>;
  disable(personId: string): Promise<void>;
  close(): Promise<void>;
}

/** @param folder of the unpacked distribution, built (`kc.sh build --db=dev-mem --cache=local`) */
export async function startKeycloak(folder: string): Promise<Keycloak> {
  const port = await findFreePort(0, 1);
  const base = `http://localhost:${port}`;
  const program = await startProgram(
    join(folder, 'bin/kc.sh'),
    [
      ...['start', '--optimized', '--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${port}`],
      '--hostname-strict=false',
    ],
    {
      env: {
        KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
        KC_BOOTSTRAP_ADMIN_PASSWORD: 'admin',
        JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m',
      },
      readyUrl: `${base}/realms/master`,
    },
  );

  const token = async (): Promise<string> => {
    const response = await fetch(`${base}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username: 'admin',
        password: 'admin',
      }),
    });
    return String(((await response.json()) as Record<string, unknown>)['access_token']);
  };
  /** @returns the id at the end of `Location`, or the body */
  const administer = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${base}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return response.headers.get('location')?.split('/').at(-1) ?? (text === '' ? null : JSON.parse(text));
  };

  // A refresh token is good for one use.
  await administer('POST', '', { realm, enabled: true, revokeRefreshToken: true, refreshTokenMaxReuse: 0 });
  const groups = new Map<string, string>();
  const groupId = async (name: string): Promise<string> => {
    const known = groups.get(name) ?? String(await administer('POST', `/${realm}/groups`, { name }));
    groups.set(name, known);
    return known;
  };
  const join_ = async (personId: string, group: string): Promise<void> => {
    await administer('PUT', `/${realm}/users/${personId}/groups/${await groupId(group)}`);
  };
  return {
    issuer: `${base}/realms/${realm}`,
    clientSecret: secret,
    program,
    addClient: async (authUrl, providerId) => {
      await administer('POST', `/${realm}/clients`, {
        clientId: 'bouncer',
        secret,
        redirectUris: [`${authUrl}/.bouncer/callback/${providerId}`],
        standardFlowEnabled: true,
        attributes: {
          'post.logout.redirect.uris': `${authUrl}/.bouncer/logout`,
          'backchannel.logout.url': `${authUrl}/.bouncer/backchannel-logout`,
          'backchannel.logout.session.required': 'true',
        },
        protocolMappers: [
          {
            name: 'groups',
            protocol: 'openid-connect',
            protocolMapper: 'oidc-group-membership-mapper',
            config: {
              'claim.name': 'groups',
              'full.path': 'true',
              'id.token.claim': 'true',
              'userinfo.token.claim': 'true',
            },
          },
        ],
      });
    },
    addPerson: async (name, of) => {
      const id = String(
        await administer('POST', `/${realm}/users`, {
          username: name,
          enabled: true,
          email: `${name}@example.com`,
          emailVerified: true,
          firstName: name,
          lastName: 'Example',
          credentials: [{ type: 'password', value: name, temporary: false }],
        }),
      );
      for (const group of of) await join_(id, group);
      return id;
    },
    join: join_,
    logOut: async (personId) => void (await administer('POST', `/${realm}/users/${personId}/logout`)),
    disable: async (personId) => {
      await administer('PUT', `/${realm}/users/${personId}`, { enabled: false });
    },
    close: () => program.stop(),
  };
}
