// A page where nothing went wrong: nothing to quote, so no number.
import { type MessageView, renderMessage } from '../ui/message-page.ts';
import { lookOf, type PageContext } from './page-context.ts';

type CalmView = Pick<MessageView, 'title' | 'icon' | 'text' | 'actions'> &
  Partial<Pick<MessageView, 'homeHref' | 'refreshTo'>>;

/** A whole HTML document. */
export function renderCalm(view: CalmView, context: PageContext): string {
  return renderMessage(
    { homeHref: null, ...view, tone: 'calm', facts: null, requestId: null },
    lookOf(context),
  );
}
