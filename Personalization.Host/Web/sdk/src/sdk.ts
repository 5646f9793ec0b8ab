import type { Consent, DropReason, EventOptions, Events, Options, Personalization, Properties, RecommendOptions, Slate } from './api';
import { createIdentity, SESSION, WHO } from './identity';
import { bytes, parse, quietly, uuid } from './quiet';
import { createSender } from './sender';
import { createStore } from './store';
import { readTcf } from './tcf';

/** One event's JSON, as the protocol documents it. */
const MAX_EVENT_BYTES = 32 * 1024;
/** Events that wait in memory for an answer to the question of consent. */
const MAX_HELD = 1_000;

/** Keys of the store. */
const CONSENT = 'consent';
const TOLD = 'told';

/** Stands among events that are held, so that those before and after it are of two people. */
const RESET = 'reset';

interface TrackedEvent extends Properties {
  type: string;
  messageId: string;
  userId?: string;
  context: Properties;
}

export const create = (options: Options, origin: string): Personalization => {
  const { writeKey, host = origin, waitForConsent, tcf, delay = 300 } = options;
  const prefix = `pz.${writeKey}.`;
  const store = createStore(prefix, [WHO, SESSION, CONSENT]);
  const identity = createIdentity(store);
  const handlers: Partial<Record<keyof Events, Set<(detail: never) => void>>> = {};

  const emit = <E extends keyof Events>(event: E, detail: Events[E]): void => {
    for (const handler of handlers[event] ?? []) {
      try {
        (handler as (detail: Events[E]) => void)(detail);
      } catch (error) {
        // The page's own mistake: it is shown as one, and nothing of ours stops for it.
        setTimeout(() => { throw error; });
      }
    }
  };

  const drop = (reason: DropReason, messageIds: string[], status?: number): void => {
    const known = messageIds.filter(Boolean);
    if (known[0]) emit('dropped', { reason, messageIds: known, ...(status && { status }) });
  };

  const sender = createSender(store, writeKey, host, delay, emit, drop);

  // ---- what they agreed to --------------------------------------------------------------------------

  /** Said in this moment, and not stored yet. */
  let spoken: Consent | undefined;
  let granted: Consent | undefined;
  /** Waiting for an answer: in memory, without ids. */
  let held: TrackedEvent[] = [];

  /** Read each time: another tab may have changed it. */
  const stated = (): Consent | undefined => spoken ?? parse(store.get(CONSENT));

  /** What counts: the strictest of what was said, the TCF and the browser's own signal. */
  const purposes = (): Consent => {
    const all = { ...stated() };
    for (const purpose in granted) all[purpose] = granted[purpose]! && all[purpose] !== false;
    // Not sold, not shared; what a shop does on its own site is not what the signal is about.
    if ((navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) all['activate'] = false;
    return all;
  };

  /** May anything be stored and sent? Undefined while that is not known. */
  const isAllowed = (): boolean | undefined => {
    if (tcf && !granted) return undefined;
    const { collect, collection } = purposes();
    if (collect === false || collection === false) return false;
    if (collect || collection || tcf || !waitForConsent) return true;
    const said = stated();
    return said && Object.values(said).includes(true);
  };

  const consentChanged = (): void => {
    const now = purposes();
    const allowed = isAllowed();
    emit('consent', { purposes: now, isAllowed: allowed });
    if (allowed === undefined) return;
    const waiting = held;
    held = [];
    // The server hears of a choice at once, before anything else that waits. A withdrawal is the one thing that is kept until it is
    // delivered. A refusal by somebody of whom the server never heard is not told.
    const told = JSON.stringify(now);
    if (told !== store.get(TOLD) && (allowed || store.get(WHO))) {
      store.set(TOLD, told);
      enqueue(compose('track', { event: 'Consent Updated' }), true);
    }
    if (allowed) {
      waiting.forEach(event => enqueue(event));
    } else {
      identity.forget();
      drop('consent', waiting.map(event => event.messageId).concat(sender.discard()));
    }
  };

  // ---- events ---------------------------------------------------------------------------------------

  const compose = (type: string, call: Properties, { timestamp = new Date(), messageId = uuid(), context }: EventOptions = {}): TrackedEvent => ({
    type,
    ...call,
    messageId,
    timestamp,
    context: {
      page: { path: location.pathname, search: location.search, url: location.href, title: document.title, referrer: document.referrer },
      locale: navigator.language,
      ...context,
    },
  });

  /** Takes an event, unless there is nothing to tell: no call. */
  const take = (type: string, call: Properties | false, eventOptions?: EventOptions): void => {
    // A copy, because the page may change its objects while the event waits.
    const json = call && quietly(() => JSON.stringify(compose(type, call, eventOptions)));
    const event = json ? parse<TrackedEvent>(json) : undefined;
    const allowed = isAllowed();
    const reason = !event ? 'invalid'
      : bytes(json as string) > MAX_EVENT_BYTES ? 'too-large'
      : allowed === false ? 'consent'
      : held.length >= MAX_HELD ? 'full'
      : undefined;
    if (reason) drop(reason, [event?.messageId ?? eventOptions?.messageId ?? uuid()]);
    else if (allowed ? enqueue(event!) : held.push(event!)) emit('queued', { messageId: event!.messageId });
  };

  /** Gives the event its person and queues it; false when there is no room. */
  const enqueue = (event: TrackedEvent, isUrgent?: boolean): boolean => {
    const { type, messageId, userId } = event;
    if (type === RESET) {
      identity.forget();
      return true;
    }
    if (type === 'identify' && userId) identity.signIn(userId);
    const categoryPreferences = purposes();
    const json = JSON.stringify({
      ...identity.who(),
      ...event,
      context: {
        sessionId: identity.session(),
        ...event.context,
        ...(Object.keys(categoryPreferences)[0] && { consent: { categoryPreferences } }),
      },
    });
    const isQueued = sender.add(messageId, json, isUrgent);
    if (!isQueued) drop('full', [messageId]);
    return isQueued;
  };

  // Another tab was told.
  addEventListener('storage', event => {
    if (event.key === prefix + CONSENT) consentChanged();
  });
  if (tcf) {
    readTcf(tcf, consents => {
      granted = consents;
      consentChanged();
    });
  }
  // Tabs that are opened later find the id.
  if (isAllowed()) identity.who();

  return {
    track: (event, properties = {}, eventOptions) => take('track', { event, properties }, eventOptions),
    identify(user: unknown, traits?: Properties, eventOptions?: EventOptions) {
      // Made of nothing, or of an object, an id would be one that all such shoppers share.
      const userId = typeof user === 'string' || typeof user === 'bigint' || Number.isFinite(user) ? user + '' : '';
      // As in analytics.js: an object in the place of the id is the traits, and what follows the options.
      if (user && typeof user === 'object') [traits, eventOptions] = [user as Properties, traits];
      const tells = userId || quietly(() => Object.values(traits ?? {}).some(value => value !== undefined));
      take('identify', tells ? { ...(userId && { userId }), traits: traits ?? {} } : false, eventOptions ?? undefined);
    },
    page: (name, properties = {}, eventOptions) => take('page', { name, properties }, eventOptions),
    reset() {
      const mark = { type: RESET, messageId: '', context: {} };
      if (held[0]) held.push(mark);
      else enqueue(mark);
    },
    consent(choice) {
      spoken = { ...stated(), ...choice };
      consentChanged();
      // Last, because that is what other tabs hear: by then they find the id, and that the server was told.
      store.set(CONSENT, JSON.stringify(spoken));
      spoken = undefined;
    },
    async recommend(placement: string, question: RecommendOptions = {}) {
      let slate: Slate | null = null;
      try {
        if (question.fresh) await Promise.race([sender.flush(), new Promise(resolve => setTimeout(resolve, 1e3))]);
        const query = Object.entries({ writeKey, ...(isAllowed() && identity.who()), ...question })
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => `${name}=${([] as unknown[]).concat(value).map(one => encodeURIComponent(one as string))}`);
        const response = await fetch(`${host}/v1/recommendations/${encodeURIComponent(placement)}?${query.join('&')}`, { credentials: 'omit' });
        if (response.ok) slate = (await response.json()) as Slate;
      } catch {
        // The page shows what it has.
      }
      emit('recommendation', { placement, slate });
      return slate;
    },
    on(event, handler) {
      const all = (handlers[event] ??= new Set()) as Set<typeof handler>;
      all.add(handler);
      return () => void all.delete(handler);
    },
    flush: sender.flush,
  };
};
