/** What shops see of the SDK. This file is served as it is, as the declarations of the module. */

export interface Options {
  /** Write key of the source that the events are of. */
  writeKey: string;
  /** Where the server is, for example `https://events.shop.example`. Default: where this script came from. */
  host?: string;
  /**
   * Hold everything in memory, with no ids and nothing stored, until `consent` (or the TCF) has said something. What is held when the
   * page is left is gone. Default false.
   */
  waitForConsent?: boolean;
  /**
   * Read the page's TCF consent (`__tcfapi`) and wait for it: `true` goes by the publisher's own consents, a number by the consents
   * of the vendor with this id of the Global Vendor List. What `consent` denies stays denied. Default: the TCF is not read.
   */
  tcf?: boolean | number;
  /** Milliseconds that an event waits for company before it is sent, default 300: the next recommendation should know about it. */
  delay?: number;
}

export type Properties = Record<string, unknown>;

/**
 * Purposes to whether they are granted: `collect`, `profile`, `personalise`, `measure`, `activate`, `train`, or the categories that the
 * server is configured for.
 */
export type Consent = Record<string, boolean>;

export interface EventOptions {
  /** When it happened. Default: now. */
  timestamp?: Date;
  /** Identifies the event: of two with the same id the server keeps one. Default: a random UUID. */
  messageId?: string;
  /** Added to what the SDK says of the page. */
  context?: Properties;
}

export interface RecommendOptions {
  /** Items that the recommendations are for, such as the one that the page shows. */
  items?: string[];
  /** Items that are not to be recommended. */
  exclude?: string[];
  /** How many, 1 to 100. Default: the placement's. */
  limit?: number;
  /** Whether the item that was looked at last may be recommended. */
  allowCurrentItem?: boolean;
  /** Send what is queued first, and wait until it counts, so that the answer knows about it. Costs a round trip. Default false. */
  fresh?: boolean;
}

export interface RecommendedItem {
  id: string;
  score: number;
  /** Why, as a word: `similar`, `trending`, … */
  reason: string;
  /** The item that led to this one. */
  becauseOf?: string;
}

export interface Slate {
  /** Goes into `Recommendation Viewed` and `Recommendation Clicked` as `decision_id`. */
  decisionId: string;
  placement: string;
  items: RecommendedItem[];
  modelVersion: string;
  isPersonalized: boolean;
  notPersonalizedReason?: string;
  fallbackReason?: string;
  /** Set when what was sent before did not count in time, although `fresh` was asked for. */
  isStale?: boolean;
}

/** Why an event was not and will not be sent. */
export type DropReason = 'consent' | 'full' | 'too-large' | 'invalid' | 'refused';

export interface Events {
  /** An event was taken into the queue. */
  queued: { messageId: string };
  /** The server has these on disk. Heard in the tab that sent them. Of one request the server names only the first 20 that it refused. */
  sent: { messageIds: string[] };
  /** The server could not be reached, or asked for patience. */
  retry: { status: number; delay: number };
  /** Given up. `status` is the server's, when it refused: 200 for events that it refused alone. */
  dropped: { reason: DropReason; messageIds: string[]; status?: number };
  /** What counts now. `isAllowed` is undefined while nobody has said anything. */
  consent: { purposes: Consent; isAllowed: boolean | undefined };
  /** An answer to `recommend`, or null when there was none. */
  recommendation: { placement: string; slate: Slate | null };
}

export interface Personalization {
  /** Something happened, for example `Product Viewed`. */
  track(event: string, properties?: Properties, options?: EventOptions): void;
  /**
   * The shopper is this user. Another user than before also gets another anonymous id. Without an id the traits are of whoever the shopper
   * is now, and nobody signs in or out.
   */
  identify(userId: string | number | null | undefined, traits?: Properties, options?: EventOptions): void;
  /** What is known of the shopper, whoever it is now. */
  identify(traits: Properties, options?: EventOptions): void;
  /** A page was shown. */
  page(name?: string, properties?: Properties, options?: EventOptions): void;
  /** The shopper left the device: what follows is of somebody unknown. */
  reset(): void;
  /** The shopper's choice. Adds to what was said before; kept for the next pages. */
  consent(purposes: Consent): void;
  /** What to show. Null when the server could not say: the page then shows what it has. */
  recommend(placement: string, options?: RecommendOptions): Promise<Slate | null>;
  /** Calls the handler from now on; the function that is returned ends that. */
  on<E extends keyof Events>(event: E, handler: (detail: Events[E]) => void): () => void;
  /** Sends what is queued without waiting for company. Resolves when that was tried. */
  flush(): Promise<void>;
}

export type Init = (options: Options) => Personalization;
