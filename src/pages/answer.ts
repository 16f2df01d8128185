// What an endpoint answers, as a value. send-answer.ts turns it into HTTP; endpoints never touch the response.

/** Markup of a whole page, as `renderPage` made it. */
export type PageMarkup = string;

export type Answer =
  | {
      readonly kind: 'page';
      readonly status: number;
      readonly body: PageMarkup;
      readonly setCookies?: readonly string[];
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly value: unknown;
      readonly setCookies?: readonly string[];
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      /** A module for pages of the host's own application. */
      readonly kind: 'script';
      readonly status: 200;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'picture';
      readonly status: 200;
      readonly type: string;
      readonly bytes: Buffer;
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'redirect';
      /** 302 after a GET, 303 after a POST (RFC 9110 section 15.4.4); 307 sends the form once more. */
      readonly status: 302 | 303 | 307;
      readonly location: string;
      readonly setCookies: readonly string[];
    }
  | {
      readonly kind: 'empty';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
    };
