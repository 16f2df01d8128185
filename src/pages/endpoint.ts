// What an endpoint of bouncer's own is: which methods it takes, what it may ask, and that its answer is a value.
import type { Assertions } from '../assertion/assertions.ts';
import type { AccessDesk } from '../identity/access/access-desk.ts';
import type { KeptForms } from '../identity/forms/kept-forms.ts';
import type { Logins } from '../identity/login/login-step.ts';
import type { PersonTokens } from '../identity/login/personal-tokens.ts';
import type { OwnSessions } from '../identity/sessions/own-sessions.ts';
import type { Terminals } from '../identity/terminals/terminals.ts';
import type { Mailbox } from '../mail/mailbox.ts';
import type { Shares } from '../sharing/shares.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import type { Answer } from './answer.ts';
import type { PageContext } from './page-context.ts';

export interface EndpointParts {
  readonly logins: Logins;
  readonly terminals: Terminals;
  readonly tokens: PersonTokens;
  readonly assertions: Assertions;
  readonly ownSessions: OwnSessions;
  readonly keptForms: KeptForms;
  readonly accessDesk: AccessDesk;
  readonly telemetry: Pick<Telemetry, 'event'>;
  readonly shares: Shares;
  /** `null`: mail is sent, and no page shows it. */
  readonly mailbox: Pick<Mailbox, 'letters'> | null;
}

/** Reads the one form that an endpoint may be sent. `null`: too large, or not a form. */
export type ReadForm = () => Promise<Readonly<Record<string, unknown>> | null>;

export type Answering = (
  context: PageContext,
  parts: EndpointParts,
  readForm: ReadForm,
) => Answer | Promise<Answer>;

/** What answers at one path. A `GET` answers `HEAD` too (RFC 9110 section 9.3.2). */
export interface Endpoint {
  readonly GET?: Answering;
  readonly POST?: Answering;
}
