// Two sets of compiled rules as one: those of the files, and applications that come and go beside them.
import type { ExplainableRules } from './compile-rules.ts';

/** @param base comes first: what it has a host for is its own @param further names no host of `base` */
export function joinRules(base: ExplainableRules, further: ExplainableRules): ExplainableRules {
  if (further.applications.length === 0) return base;
  return Object.freeze({
    applications: Object.freeze([...base.applications, ...further.applications]),
    sharing: base.sharing,
    asksAbout: new Set([...base.asksAbout, ...further.asksAbout]),
    findApplication: (host: string) => base.findApplication(host) ?? further.findApplication(host),
    namesAddress: (email: string) => base.namesAddress(email) || further.namesAddress(email),
  });
}
