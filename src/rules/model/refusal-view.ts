// What is told about a request that the gateway refused or could not serve: the gateway knows it, a page shows it.
import type { Reason } from '../../http/refusals.ts';
import type { Presentation } from './compiled-rules.ts';
import type { Denial } from './denial.ts';
import type { EmailFault } from './facts.ts';

/** Nothing in it is trusted as markup. */
export interface RefusalView {
  readonly reason: Reason;
  readonly requestId: string;
  /** How the application presents itself; `null` when none was reached. */
  readonly application: Presentation | null;
  /** The address that the person is logged in with; `null` when unknown. */
  readonly email: string | null;
  /** Why their address does not count; `null` where it does, or nobody is logged in. */
  readonly emailFault: EmailFault | null;
  readonly isLoggedIn: boolean;
  /** Why the rules said no, as far as who is refused may know; `null`: it was not they, or there are no words for it. */
  readonly denial: Denial | null;
  /** Whether the person could open nothing else either. */
  readonly opensNothing: boolean;
  /** Where they may ask for access for a time; `null`: they may not. */
  readonly askHref: string | null;
  /** `auth_url`: where the start page is. */
  readonly hostAuthUrl: string;
  /** Same-origin path (with query) that may help: the page again, or the login that leads to it. `null`: nothing to click. */
  readonly retryPath: string | null;
  /** The whole `Cookie` field, where it was too large. */
  readonly cookies?: string | undefined;
}
