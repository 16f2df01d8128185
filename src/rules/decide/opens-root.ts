// What somebody would get at the `/` of an application, for lists of what they can open.
import { parseTarget } from '../../http/canonical-path.ts';
import type { Application } from '../model/compiled-rules.ts';
import type { Facts } from '../model/facts.ts';

/** @returns `null` for what does not open, also where only a login is missing */
export function opensRoot(application: Application, facts: Facts): 'allow' | 'step_up' | null {
  const root = parseTarget('/');
  if ('problem' in root) return null;
  const area = application.selectArea(root);
  if (area === 'ambiguous') return null;
  const { outcome } = area.decide({ ...facts, method: 'GET' });
  return outcome === 'allow' || outcome === 'step_up' ? outcome : null;
}

/** As many as are tried for one page. */
const mostTried = 500;

/** Whether nothing opens; false where there are too many applications to try. */
export function opensNothing(applications: readonly Application[], facts: Facts): boolean {
  return applications.length <= mostTried && !applications.some((one) => opensRoot(one, facts) !== null);
}
