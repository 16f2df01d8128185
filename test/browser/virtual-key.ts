// A virtual authenticator of Chromium, by its DevTools: plugged into one page until it is pulled out.
import type { CDPSession, Page } from 'playwright-core';

export interface KeyKind {
  readonly protocol?: 'ctap2' | 'u2f';
  readonly transport?: 'usb' | 'nfc' | 'ble' | 'internal' | 'hybrid';
  readonly hasUserVerification?: boolean;
  readonly isUserVerified?: boolean;
  /** It may be copied to other devices. */
  readonly isBackedUp?: boolean;
}

export interface VirtualKey {
  /** What it holds, to put into another. */
  credentials(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  setUserVerified(isUserVerified: boolean): Promise<void>;
  /** Whether somebody touches it by itself. */
  setTouched(isTouched: boolean): Promise<void>;
  unplug(): Promise<void>;
}

/** Plugs a key in. @param credentials of another one, for a copy of it */
export async function plugIn(
  page: Page,
  kind: KeyKind = {},
  credentials: readonly Readonly<Record<string, unknown>>[] = [],
): Promise<VirtualKey> {
  const devTools: CDPSession = await page.context().newCDPSession(page);
  await devTools.send('WebAuthn.enable', { enableUI: false });
  const { protocol = 'ctap2', transport = 'usb', isBackedUp = false } = kind;
  const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol,
      transport,
      hasResidentKey: protocol === 'ctap2',
      hasUserVerification: kind.hasUserVerification ?? protocol === 'ctap2',
      isUserVerified: kind.isUserVerified ?? true,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: isBackedUp,
      defaultBackupState: isBackedUp,
    },
  });
  for (const credential of credentials)
    await devTools.send('WebAuthn.addCredential', { authenticatorId, credential: credential as never });
  return {
    async credentials() {
      const found = await devTools.send('WebAuthn.getCredentials', { authenticatorId });
      return found.credentials as unknown as readonly Readonly<Record<string, unknown>>[];
    },
    async setUserVerified(isUserVerified) {
      await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    async setTouched(enabled) {
      await devTools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
    },
    async unplug() {
      await devTools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
      await devTools.detach();
    },
  };
}

/** The browser gives up after three seconds of waiting for a key: for what people only do after minutes. */
export async function beImpatient(page: Page): Promise<void> {
  await page.evaluate(`for (const way of ['create', 'get']) {
    const ask = navigator.credentials[way].bind(navigator.credentials);
    navigator.credentials[way] = (wanted) => ask({ ...wanted, publicKey: { ...wanted.publicKey, timeout: 3000 } });
  }`);
}

/** As if the page had been open for so long. The server's clock is another. */
export async function letTimePass(page: Page, ms: number): Promise<void> {
  await page.evaluate(`{ const now = Date.now; Date.now = () => now() + ${ms}; }`);
}
