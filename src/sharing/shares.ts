// The port to shares: a site of a person's own machine, on a name of its own, for the people that they name.
import type { Language } from '../http/accept-language.ts';
import type { Session } from '../identity/sessions/session.ts';

/** Who begins or ends one: a person by a terminal of theirs. */
export interface Sharer {
  readonly session: Session;
  /** Of the terminal's token: the share ends with it. */
  readonly tokenHash: string;
  readonly ip: string | null;
  readonly country: string | null;
  /** That they want to read. */
  readonly language: Language;
}

export interface ShareOrder {
  /** Who may open it; in lower case, each once. */
  readonly emails: readonly string[];
  /** Where the site is on the sharer's machine. */
  readonly port: number;
  /** Milliseconds; `null`: as long as may be. */
  readonly forMs: number | null;
  /** Ed25519, raw, base64url: what the sharer's connector proves itself by. */
  readonly connectorKey: string;
  /** Whether those who are named get a letter. */
  readonly letters: 'wanted' | 'none';
}

export interface BegunShare {
  readonly kind: 'begun';
  readonly name: string;
  readonly host: string;
  readonly expiresAtMs: number;
  /** Where the sharer's connector connects to, and what is known of the keys there. */
  readonly addresses: readonly string[];
  readonly pins: readonly string[];
  /** Who is being sent a letter. */
  readonly mailed: readonly string[];
}

/** Why there is none. */
export type ShareRefusal =
  /** The settings have no `share`. */
  | { readonly kind: 'off' }
  /** This person may not. */
  | { readonly kind: 'denied' }
  /** They might, with a step-up; by the names of the query of `/.bouncer/login`. */
  | { readonly kind: 'step-up'; readonly needs: Readonly<Record<string, string>> }
  /** @property most that one person, or all together, may have; `null`: too many were begun lately */
  | { readonly kind: 'too-many'; readonly most: number | null };

export interface Shares {
  /** @throws BouncerError `store_unavailable` */
  begin(sharer: Sharer, order: ShareOrder, nowMs: number): Promise<BegunShare | ShareRefusal>;
  /**
   * End one of the sharer's own.
   *
   * @returns false when there is none of that name (any more)
   * @throws BouncerError `store_unavailable`
   */
  end(sharer: Sharer, name: string): Promise<boolean>;
}

/** The most people that one share can name. */
export const mostNamed = 20;
