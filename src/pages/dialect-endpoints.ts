// The addresses that programs written for another access proxy know, on the host of an application that says so: public keys, who am I,
// logout. They tell and do nothing that `/.bouncer/` does not.
import { dialectPaths, type TokenDialect } from '../http/dialects.ts';
import { principalAt } from '../identity/principal.ts';
import type { Answer } from './answer.ts';
import type { Endpoint } from './endpoint.ts';
import { ownRefusal } from './own-refusal.ts';
import type { PageContext } from './page-context.ts';

function certsOf(name: TokenDialect): Endpoint {
  return {
    GET: ({ visit }, { assertions }) => ({
      kind: 'json',
      status: 200,
      value: assertions.dialects.jwks(name, visit.nowMs),
      headers: {
        'Cache-Control': 'public, max-age=300',
        'Access-Control-Allow-Origin': '*',
        'Cross-Origin-Resource-Policy': 'cross-origin',
      },
    }),
  };
}

/** Cloudflare's documents of Access, "Application token", section "User identity". */
function describeToCloudflare(context: PageContext): Answer {
  const { session, holder, application, ip } = context.visit;
  const found = session ?? holder;
  const known = found === null || application === null ? found : principalAt(application, found);
  if (known === null || known.kind === 'nobody') return ownRefusal(context, 'login-required');
  if (known.kind === 'service')
    return { kind: 'json', status: 200, value: { common_name: known.name, service_token_status: true } };
  const { sub, email, name, groups, amr, idp } = known.identity;
  return {
    kind: 'json',
    status: 200,
    value: {
      ...{ id: sub, user_uuid: sub, name, email, groups, amr, ip },
      idp: { id: idp, type: idp },
      iat: Math.floor(known.createdAtMs / 1000),
      service_token_status: false,
    },
  };
}

/** A `GET` ends no login: it leads to the page that asks. */
const logout: Endpoint = {
  GET: () => ({ kind: 'redirect', status: 302, location: '/.bouncer/logout', setCookies: [] }),
};

export const dialectEndpoints: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  [dialectPaths.cloudflareCerts, certsOf('cloudflare')],
  [dialectPaths.cloudflareIdentity, { GET: describeToCloudflare }],
  [dialectPaths.cloudflareLogout, logout],
  [dialectPaths.pomeriumKeys, certsOf('pomerium')],
]);
