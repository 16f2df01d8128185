// What happens next with a hardware key or a passkey, as a value; the pages turn it into HTTP.
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';

/** A key as its owner sees it. */
export interface ShownKey {
  readonly id: string;
  readonly label: string;
  /** By the metadata; `null`: not known. */
  readonly makeName: string | null;
  /** What is known against its make; `null`: nothing. */
  readonly badStatus: string | null;
  readonly createdAtMs: number;
  readonly lastUsedMs: number | null;
  /** False for the only one that answers while a page asks this person for one. */
  readonly isRemovable: boolean;
}

/** A passkey as its owner sees it. */
export interface ShownPasskey {
  readonly id: string;
  readonly label: string;
  readonly createdAtMs: number;
  readonly lastUsedMs: number | null;
  /** `null`: it has no end. */
  readonly expiresAtMs: number | null;
  /** Whether it can still log in: its time is not over, and it was made for this address of the service. */
  readonly isGood: boolean;
  /** False for the only one that can. */
  readonly isRemovable: boolean;
}

export type KeyStep =
  /** The page on which a key that is enrolled is used. */
  | {
      readonly kind: 'use-key';
      /** Sealed; the form brings it back. */
      readonly ceremony: string;
      readonly options: PublicKeyCredentialRequestOptionsJSON;
      /** What asks for it; `null`: the page of keys. */
      readonly applicationName: string | null;
      /** It is used to let another key in. */
      readonly isForAnother: boolean;
      readonly cancelHref: string;
      readonly setCookies: readonly string[];
    }
  /** The page on which a key is enrolled. */
  | {
      readonly kind: 'enrol-key';
      readonly ceremony: string;
      readonly options: PublicKeyCredentialCreationOptionsJSON;
      readonly isFirst: boolean;
      readonly applicationName: string | null;
      readonly cancelHref: string;
      readonly setCookies: readonly string[];
    }
  /** The person's keys. */
  | {
      readonly kind: 'keys';
      readonly keys: readonly ShownKey[];
      /** One was used just now, without which none is removed. */
      readonly mayRemove: boolean;
      readonly canAdd: boolean;
      readonly wasAdded: boolean;
      readonly setCookies: readonly string[];
    }
  /** The page that asks for a passkey, whosever it is. */
  | {
      readonly kind: 'use-passkey';
      readonly loginId: string;
      readonly options: PublicKeyCredentialRequestOptionsJSON;
      readonly applicationName: string | null;
      /** Where all ways to log in are; `null`: there is no other. */
      readonly otherWayHref: string | null;
      readonly setCookies: readonly string[];
    }
  /** The page on which an invited person makes a passkey. */
  | {
      readonly kind: 'enrol-passkey';
      /** Sealed; the form brings it back. */
      readonly ceremony: string;
      readonly options: PublicKeyCredentialCreationOptionsJSON;
      /** Who they will be. */
      readonly email: string;
      /** When it ends; `null`: it has no end. */
      readonly endsAtMs: number | null;
      readonly setCookies: readonly string[];
    }
  | {
      readonly kind: 'passkey-added';
      readonly email: string;
      readonly loginHref: string;
      readonly setCookies: readonly string[];
    }
  /** The person's passkeys. */
  | {
      readonly kind: 'passkeys';
      readonly passkeys: readonly ShownPasskey[];
      /** False for who logged in in another way: passkeys are their own account. */
      readonly isByPasskey: boolean;
      /** Whether the login is fresh, without which none is removed. */
      readonly mayRemove: boolean;
      /** Where a fresh login leads back to this page: a path on the same host. */
      readonly freshLoginHref: string;
      readonly setCookies: readonly string[];
    }
  | { readonly kind: 'key-removed' | 'passkey-removed'; readonly setCookies: readonly string[] };
