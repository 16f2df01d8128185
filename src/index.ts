// The package's door. Applications that only verify assertions import `bouncer-proxy/verify` instead.

export { type Bouncer, type BouncerOptions, InvalidConfigurationError } from './bouncer.ts';
export { BouncerError, type FailureCode } from './bouncer-error.ts';
export { createBouncer } from './create-bouncer.ts';
export type { BouncerIdentity, BouncerMiddleware } from './middleware.ts';
