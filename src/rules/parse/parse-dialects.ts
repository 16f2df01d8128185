// `assertion: { also: … }` of an application: in the words of which other access proxies it is told who asks.
import { type Dialect, type DialectName, dialectFields, isTokenDialect } from '../../http/dialects.ts';
import { quote } from '../../source/quote.ts';
import type { Spot } from './problem-reporter.ts';
import type { ApplicationEntry } from './rules-schema.ts';

type DialectEntry = NonNullable<ApplicationEntry['assertion']>['also'][number];

function nameOf(entry: DialectEntry): DialectName {
  return typeof entry === 'string' ? entry : 'cloudflare';
}

/** Checks them. @param spot where they stand, or would stand */
export function parseDialects(entry: ApplicationEntry, spot: Spot): readonly Dialect[] {
  const also = entry.assertion?.also ?? [];
  const names = also.map(nameOf);
  const hosts = [entry.host ?? [], entry.hosts ?? []].flat();
  return also.map((each, index) => {
    const name = nameOf(each);
    const at = spot.at(index);
    if (names.indexOf(name) < index)
      at.complain({ code: 'duplicate-dialect', reason: `${quote(name)} is given twice` });
    if (isTokenDialect(name) && !hosts.some((host) => !host.startsWith('*')))
      at.complain({
        code: 'no-exact-host',
        reason: `the issuer of ${quote(name)} is the application's host, and it has none without \`*\``,
        hint: 'add one to `hosts`: the application then expects that issuer, whichever host was asked',
      });
    const audience = typeof each === 'string' ? null : each.cloudflare;
    if (audience !== null && audience === (entry.audience ?? entry.name))
      at.at('cloudflare').complain({
        code: 'shared-audience',
        reason: `${quote(audience)} is the audience of the assertion already`,
        hint: 'each JWT has an audience of its own, so that none passes for the other',
      });
    return { name, audience };
  });
}

/** Which fields they set, for whoever else would set one. */
export function dialectsOf(
  entry: ApplicationEntry,
): readonly { readonly name: DialectName; readonly fields: readonly string[] }[] {
  return (entry.assertion?.also ?? []).map((each) => {
    const name = nameOf(each);
    return { name, fields: dialectFields[name].map(([field]) => field) };
  });
}
