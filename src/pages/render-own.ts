// A page with a content of its own, in the frame that all pages have.
import { type PageParts, renderPage } from '../ui/layout.ts';
import { lookOf, type PageContext } from './page-context.ts';

type OwnParts = Pick<PageParts, 'title' | 'main' | 'homeHref'> & Partial<Pick<PageParts, 'requestId'>>;

/** A whole HTML document. */
export function renderOwn(parts: OwnParts, context: PageContext): string {
  return renderPage({ requestId: null, ...parts }, lookOf(context));
}
