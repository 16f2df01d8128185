// Everything that bouncer remembers, as the ports that the parts use. The adapters (sqlite/, postgres/) implement it as a whole.
import type { AccessStore } from './access-store.ts';
import type { ActStore } from './act-store.ts';
import type { FormStore } from './form-store.ts';
import type { HardwareKeyStore } from './hardware-key-store.ts';
import type { KeyStore } from './key-store.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { NodeStore } from './node-store.ts';
import type { OnceStore } from './once-store.ts';
import type { PasskeyStore } from './passkey-store.ts';
import type { PersonStore } from './person-store.ts';
import type { SecretStore } from './secret-store.ts';
import type { SessionStore } from './session-store.ts';
import type { TokenStore } from './token-store.ts';
import type { TunnelStore } from './tunnel-store.ts';

/** How a store is, for operators. */
export interface StoreStatus {
  /** Why this process cannot do its work; `null` while it can, be it from memory. */
  readonly failure: string | null;
  /** What is not as it should be, by a fixed id. */
  readonly warnings: Readonly<Record<string, string>>;
}

export interface Store {
  readonly sessions: SessionStore;
  readonly once: OnceStore;
  readonly keys: KeyStore;
  readonly secrets: SecretStore;
  readonly tokens: TokenStore;
  readonly persons: PersonStore;
  readonly hardwareKeys: HardwareKeyStore;
  readonly passkeys: PasskeyStore;
  readonly acts: ActStore;
  readonly tunnels: TunnelStore;
  readonly forms: FormStore;
  readonly access: AccessStore;
  readonly nodes: NodeStore;
  /**
   * The time that all processes of this store share, milliseconds since the epoch: whatever one of them writes and another
   * compares is told in it. It never waits.
   */
  now(): number;
  /** False while nothing can be written, as far as is known: nobody is sent to log in. Never throws and never waits. */
  isWritable(): boolean;
  /** Never throws and never waits. */
  status(): StoreStatus;
  close(): MaybePromise<void>;
}
