// Whether somebody who is refused may ask for access for a time, and would get in with it.
import type { Application, Area } from '../model/compiled-rules.ts';
import type { Facts } from '../model/facts.ts';

/** @param facts as they are; a grant that is there counts */
export function isWorthAsking({ requests }: Application, area: Area, facts: Facts): boolean {
  // By an address others know them, and a grant is for one.
  if (requests === null || facts.identity === null || facts.identity.email === null) return false;
  if (!requests.mayAsk(facts) || area.decide(facts).outcome !== 'deny') return false;
  const { outcome } = area.decide({ ...facts, grants: 'assumed' });
  return outcome === 'allow' || outcome === 'step_up';
}
