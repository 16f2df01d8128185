// What a share is called, and how its name stands in the host that people open, the application and its audience. Pure.

/** What the one service of a share's tunnel is called. */
export const shareService = 'site';

/** No application of rules may be called so, or have such an audience. */
export const sharePrefix = 'share:';

/** The application of a share, which is also the audience of its assertions. */
export function shareAudience(name: string): string {
  return `${sharePrefix}${name}`;
}

/** Whether an audience, or an application, is a share's: it is told an address and nothing else of a person. */
export function isShareAudience(audience: string): boolean {
  return audience.startsWith(sharePrefix);
}

/** @param domain what all shares lie below */
export function shareHost(name: string, domain: string): string {
  return `${name}.${domain}`;
}
