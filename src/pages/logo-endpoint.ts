// `/.bouncer/logo` on `auth_url`: the operator's picture, for the pages of every host. It is a picture and nothing else: opened by itself,
// an SVG can run and load nothing.
import type { Endpoint } from './endpoint.ts';
import { logoVersionIn } from './logo-address.ts';
import { ownRefusal } from './own-refusal.ts';

const yearSeconds = 31_536_000;

export const logo: Endpoint = {
  GET: (context) => {
    const { logo: picture } = context.settings.branding;
    if (picture === null) return ownRefusal(context, 'no-such-page');
    const isCurrent = logoVersionIn(context.visit.query) === picture.version;
    return {
      kind: 'picture',
      status: 200,
      type: picture.type,
      bytes: Buffer.from(picture.base64, 'base64'),
      headers: {
        // Under the address of its version it never changes.
        'Cache-Control': isCurrent ? `public, max-age=${yearSeconds}, immutable` : 'no-cache',
        'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        // Pages of every host show it.
        'Cross-Origin-Resource-Policy': 'cross-origin',
      },
    };
  },
};
