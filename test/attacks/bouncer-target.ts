// Bouncer as the target of exchanges: sessions of real logins, placeholders of the table, its own log.
import { type AttackSite, appHost, authUrl, cookieName } from './attack-site.ts';
import type { Target } from './play-exchange.ts';

/**
 * @param site an honest site
 * @param foreignToken the session token of another installation
 */
export async function bouncerTarget(site: AttackSite, foreignToken: string): Promise<Target> {
  const tokens = new Map<string, string>();
  const waiting = site.browser();
  await waiting.get(`https://${appHost}/private`, { stopAt: (url) => url.startsWith(authUrl) });
  const loginCookie = [...waiting.cookiesOf(appHost).values()][0] ?? '';
  if (loginCookie.length < 40) throw new Error('a login that began left no cookie');
  const service = await site.serviceToken('svc1');
  const placeholders = new Map([
    ['svc1', service.secret],
    ['svc1 id', service.id],
    ['prefix of svc1', service.secret.slice(0, -6)],
    ['sealed-with-other-key', foreignToken],
    ['txn-cookie-value', loginCookie],
    ['issuer', site.issuer],
  ]);
  return {
    name: 'bouncer',
    port: site.port,
    upstream: site.upstream,
    async sessionCookie(who, isFresh) {
      if (isFresh) return `${cookieName}=${await site.token(who)}`;
      const token = tokens.get(who) ?? (await site.token(who));
      tokens.set(who, token);
      return `${cookieName}=${token}`;
    },
    fill: (name) => placeholders.get(name) ?? null,
    records: () =>
      site.records().filter((record) => record.request_id !== undefined && record.event === undefined),
    log: site.log,
  };
}
