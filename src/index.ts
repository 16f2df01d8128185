// The package's door. Applications that only verify assertions import `bouncer-proxy/verify` instead.
export { BouncerError, type FailureCode } from './bouncer-error.ts';
export {
  type Bouncer,
  type BouncerOptions,
  createBouncer,
  InvalidConfigurationError,
} from './create-bouncer.ts';
export type { BouncerIdentity, BouncerMiddleware } from './middleware.ts';
