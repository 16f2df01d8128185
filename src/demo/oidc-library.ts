// What the demonstration uses of oidc-provider, which comes without types. Loaded when the demonstration starts, not before.
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Grant {
  addOIDCScope(scope: string): void;
  save(): Promise<string>;
}

/** A login that waits for a person at the login page. */
export interface Interaction {
  readonly uid: string;
  readonly prompt: { readonly name: string; readonly reasons: readonly string[] };
  readonly params: Readonly<Record<string, unknown>>;
  readonly session?: { readonly accountId?: string };
}

export interface LoginResult {
  readonly login: {
    readonly accountId: string;
    readonly amr: readonly string[];
    readonly acr: string;
    readonly remember: boolean;
  };
}

export interface Provider {
  readonly Grant: new (options: { readonly clientId: string; readonly accountId: string }) => Grant;
  callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<Interaction>;
  interactionFinished(
    req: IncomingMessage,
    res: ServerResponse,
    result: LoginResult,
    options: { readonly mergeWithLastSubmission: boolean },
  ): Promise<void>;
}

/** The provider's own context of a request, as far as it is used here. */
export interface ProviderContext {
  body: unknown;
  type: string;
  readonly oidc: {
    readonly client?: { readonly clientId: string };
    readonly session?: { readonly accountId?: string; readonly acr?: string };
    readonly acr?: string;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly result?: { readonly login?: unknown };
  };
}

export interface Prompt {
  readonly name: string;
  readonly checks: { add(check: object): void };
}

export interface OidcLibrary {
  readonly Provider: new (issuer: string, configuration: object) => Provider;
  readonly interactionPolicy: {
    readonly Check: new (
      reason: string,
      description: string,
      error: string,
      check: (context: ProviderContext) => boolean,
    ) => object;
    base(): { get(name: string): Prompt | undefined };
  };
}

/** Load the library without its notices to whoever runs it in production. */
export async function loadOidcLibrary(): Promise<OidcLibrary> {
  const warn = console.warn;
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...words);
  };
  try {
    const name: string = 'oidc-provider';
    return (await import(name)) as OidcLibrary;
  } finally {
    console.warn = warn;
  }
}
