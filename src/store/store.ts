// Everything that bouncer remembers, as the ports that the parts use. The adapters (sqlite/) implement it as a whole.

import type { KeyStore } from './key-store.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { OnceStore } from './once-store.ts';
import type { SessionStore } from './session-store.ts';

export interface Store {
  readonly sessions: SessionStore;
  readonly once: OnceStore;
  readonly keys: KeyStore;
  /**
   * The 32 random bytes under which login state is sealed; made on first use, the same for every process of this store.
   *
   * @throws BouncerError `store_unavailable`
   */
  sealingKey(): MaybePromise<Uint8Array>;
  close(): MaybePromise<void>;
}
