// Whose word on a hardware key counts: the identity provider's, that of bouncer's own ceremony, or either.
export const keySources = ['any', 'provider', 'bouncer'] as const;
export type KeySource = (typeof keySources)[number];
