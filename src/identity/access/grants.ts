// The grants that count at this moment, kept in memory as long as the store says that nothing changed. It gives none.
import type { GrantFact, Identity } from '../../rules/model/facts.ts';
import type { StoredGrant } from '../../store/access-store.ts';
import { isPromise, type MaybePromise } from '../../store/maybe-promise.ts';
import type { Store } from '../../store/store.ts';

export interface Grants {
  /** Those of a person; they may have ended. @throws BouncerError `store_unavailable` */
  of(identity: Identity): MaybePromise<readonly GrantFact[]>;
  /** A number that changes when a grant came or went, by this process or another. */
  version(): MaybePromise<number>;
}

const none: readonly GrantFact[] = Object.freeze([]);

/** Nobody has any. */
export const noGrants: Grants = Object.freeze({ of: () => none, version: () => 0 });

class KnownGrants implements Grants {
  readonly #access: Store['access'];
  #byEmail: ReadonlyMap<string, readonly StoredGrant[]> = new Map();
  /** The store's version from before they were read; `null`: they were not. */
  #readAt: number | null = null;
  #reading: Promise<void> | null = null;

  constructor({ access }: Pick<Store, 'access'>) {
    this.#access = access;
  }

  version(): MaybePromise<number> {
    return this.#access.version();
  }

  of(identity: Identity): MaybePromise<readonly GrantFact[]> {
    // Also where there is no address: what cannot be read lets nobody in.
    const version = this.#access.version();
    if (isPromise(version)) return version.then((at) => this.#ofAt(identity, at));
    return this.#ofAt(identity, version);
  }

  #ofAt(identity: Identity, version: number): MaybePromise<readonly GrantFact[]> {
    if (this.#readAt !== null && this.#access.isUnchangedSince(this.#readAt)) return this.#find(identity);
    const read = this.#read(version);
    return isPromise(read) ? read.then(() => this.#find(identity)) : this.#find(identity);
  }

  #read(version: number): MaybePromise<void> {
    if (this.#reading !== null) return this.#reading;
    const found = this.#access.listGrants();
    if (!isPromise(found)) return this.#keep(found, version);
    this.#reading = found
      .then((grants) => this.#keep(grants, version))
      .finally(() => {
        this.#reading = null;
      });
    return this.#reading;
  }

  #keep(grants: readonly StoredGrant[], version: number): void {
    const byEmail = new Map<string, StoredGrant[]>();
    for (const grant of grants) {
      const own = byEmail.get(grant.email);
      if (own === undefined) byEmail.set(grant.email, [grant]);
      else own.push(grant);
    }
    this.#byEmail = byEmail;
    this.#readAt = version;
  }

  #find({ email, idp, sub }: Identity): readonly GrantFact[] {
    const own = email === null ? undefined : this.#byEmail.get(email);
    if (own === undefined) return none;
    return own
      .filter(({ subject }) => subject === null || (subject.idp === idp && subject.sub === sub))
      .map(({ application, area, endsAtMs }) => ({ application, area, endsAtMs }));
  }
}

export function createGrants(store: Pick<Store, 'access'>): Grants {
  return new KnownGrants(store);
}
