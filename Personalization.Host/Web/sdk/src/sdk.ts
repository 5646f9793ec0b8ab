import type { Consent, DropReason, EventOptions, Events, Options, Personalization, Properties, RecommendOptions, Slate } from './api';
import { readTcf } from './consent';
import { createStore } from './store';

/** Bounds of the queue over all tabs. The newest event is refused, so that what was promised to be sent stays. */
const MAX_EVENTS = 1_000;
const MAX_QUEUE_CHARS = 1_000_000;
/** One event's JSON, as the protocol documents it. */
const MAX_EVENT_BYTES = 32 * 1024;
/** One request: browsers let 64 KiB outlive a page. */
const MAX_REQUEST_BYTES = 60 * 1024;
const MAX_REQUEST_EVENTS = 100;
const REQUEST_TIMEOUT_MS = 30_000;
const SESSION_MS = 30 * 60_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** Patience that a server may ask for; a mistyped header must not silence a shop for good. */
const LONGEST_PATIENCE_MS = 3_600_000;

/** Keys of the store. */
const WHO = 'who';
const CONSENT = 'consent';
const TOLD = 'told';
const NOT_BEFORE = 'wait';
const LEASE = 'lease';
const QUEUE = 'q';
/** Behind the letter of the queue: sorts before the time. */
const FIRST = '!';

/** Stands among events that are held, so that those before and after it are of two people. */
const RESET = 'reset';

/** Kept as JSON: anonymous id, user id, session, Unix ms of the last event. */
interface Who {
  a: string;
  u?: string | undefined;
  s: string;
  t: number;
}

interface TrackedEvent extends Properties {
  type: string;
  messageId: string;
  userId?: string | undefined;
  context: Properties;
}

/** Also where `crypto.randomUUID` is not: on pages without TLS. */
const uuid = (): string =>
  '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, digit =>
    (+digit ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (+digit / 4)))).toString(16));

const bytes = (text: string): number => new Blob([text]).size;

const parse = <T>(json: string | null | undefined): T | undefined => {
  try {
    return json ? (JSON.parse(json) as T) : undefined;
  } catch {
    return undefined;
  }
};

export const create = (options: Options, origin: string): Personalization => {
  const { writeKey, host = origin, waitForConsent, tcf, delay = 300 } = options;
  const prefix = `pz.${writeKey}.`;
  const store = createStore(prefix, [WHO, CONSENT]);
  const collector = `${host}/v1/batch`;
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

  // ---- who it is ----------------------------------------------------------------------------------

  const who = (): Who => {
    const now = Date.now();
    const known = parse<Who>(store.get(WHO));
    const current: Who = {
      a: known?.a || uuid(),
      u: known?.u,
      s: known && now - known.t < SESSION_MS ? known.s : uuid(),
      t: now,
    };
    remember(current);
    return current;
  };

  const remember = (current: Who): void => store.set(WHO, JSON.stringify(current));

  // ---- what they agreed to --------------------------------------------------------------------------

  /** Said in this moment, and not stored yet. */
  let spoken: Consent | undefined;
  /** Read each time: another tab may have changed it. */
  const stated = (): Consent | undefined => spoken ?? parse(store.get(CONSENT));
  let granted: Consent | undefined;

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

  /** Waiting for an answer: in memory, without ids. */
  let held: TrackedEvent[] = [];

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
      enqueue(compose('track', { event: 'Consent Updated' }), FIRST);
    }
    if (allowed) {
      waiting.forEach(event => enqueue(event));
      return;
    }
    store.remove(WHO);
    drop('consent', waiting.map(event => event.messageId).concat(forget(queued().filter(key => key[1] !== FIRST))));
  };

  // ---- the queue ------------------------------------------------------------------------------------

  let count = 0;
  /** Keys of what this page queued. */
  const mine = new Set<string>();
  const queued = (): string[] => store.keys(QUEUE);
  const messageIdOf = (key: string): string => key.slice(key.indexOf('.') + 1);

  /** Removes them, and says which events they were. */
  const forget = (keys: string[]): string[] => keys.map(key => {
    store.remove(key);
    mine.delete(key);
    return messageIdOf(key);
  });

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

  const take = (type: string, call: Properties, eventOptions?: EventOptions): void => {
    let event: TrackedEvent;
    let size: number;
    try {
      // A copy, because the page may change its objects while the event waits.
      const json = JSON.stringify(compose(type, call, eventOptions));
      size = bytes(json);
      event = JSON.parse(json) as TrackedEvent;
    } catch {
      drop('invalid', [eventOptions?.messageId ?? uuid()]);
      return;
    }
    const allowed = isAllowed();
    const reason = allowed === false ? 'consent' : size > MAX_EVENT_BYTES ? 'too-large' : held.length >= MAX_EVENTS ? 'full' : undefined;
    if (reason) drop(reason, [event.messageId]);
    else if (allowed) enqueue(event);
    else {
      held.push(event);
      emit('queued', { messageId: event.messageId });
    }
  };

  /** Gives the event its person and stores it. */
  const enqueue = (event: TrackedEvent, place = ''): void => {
    const { type, messageId } = event;
    if (type === RESET) {
      store.remove(WHO);
      return;
    }
    const current = who();
    if (type === 'identify' && event.userId !== current.u) {
      // Two people at one device must not become one.
      if (current.u) current.a = uuid();
      current.u = event.userId;
      remember(current);
    }
    const categoryPreferences = purposes();
    const json = JSON.stringify({
      anonymousId: current.a,
      userId: current.u,
      ...event,
      context: { ...event.context, sessionId: current.s, ...(Object.keys(categoryPreferences)[0] && { consent: { categoryPreferences } }) },
    });
    const keys = queued();
    if (!place && (keys.length >= MAX_EVENTS || keys.reduce((sum, key) => sum + (store.get(key)?.length ?? 0), json.length) > MAX_QUEUE_CHARS)) {
      drop('full', [messageId]);
      return;
    }
    // Sorts by time, then by order in the page.
    const key = `${QUEUE}${place}${Date.now()}${String(count++ % 1e6).padStart(6, '0')}.${messageId}`;
    mine.add(key);
    store.set(key, json);
    emit('queued', { messageId });
    schedule(delay);
  };

  // ---- sending --------------------------------------------------------------------------------------

  let timer: ReturnType<typeof setTimeout>;
  let due = Infinity;
  let attempt = 0;
  let lastStatus = 0;
  let isLeaving = false;
  let flushing: Promise<void> | undefined;
  let inFlight: string[] = [];

  const schedule = (ms: number): void => {
    const at = Date.now() + ms;
    if (at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(() => {
      due = Infinity;
      void flush();
    }, ms);
  };

  /** Milliseconds that the server, or our own patience, still asks for. */
  const patience = (): number => Math.min(+(store.get(NOT_BEFORE) ?? 0) - Date.now(), LONGEST_PATIENCE_MS);

  /** The first of the keys that fit into one request, and its body; `sentAt` is of this attempt, the message ids stay. */
  const pack = (keys: string[], limit: number): { keys: string[]; body: string } => {
    const packed: string[] = [];
    const events: string[] = [];
    let size = 0;
    for (const key of keys) {
      const json = store.get(key);
      if (!json) continue;
      size += bytes(json) + 1;
      if (packed.length && (size > MAX_REQUEST_BYTES || packed.length >= limit)) break;
      packed.push(key);
      events.push(json);
    }
    return { keys: packed, body: `{"writeKey":${JSON.stringify(writeKey)},"sentAt":"${new Date().toISOString()}","batch":[${events.join()}]}` };
  };

  /** A string goes as text/plain, which needs no preflight. A redirect would become a GET and lose the events. */
  const post = (body: string, keepalive: boolean): Promise<Response> =>
    fetch(collector, { method: 'POST', body, keepalive, credentials: 'omit', redirect: 'error', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });

  /** Sends until nothing is queued, by whatever tab, or until it has to wait. */
  const drain = async (): Promise<void> => {
    let limit = MAX_REQUEST_EVENTS;
    while (navigator.onLine) {
      const wait = patience();
      const { keys, body } = pack(queued(), limit);
      if (!keys.length) return;
      if (wait > 0) {
        schedule(wait);
        return;
      }
      inFlight = keys;
      let status = 0;
      let asked: string | null = null;
      try {
        // Outlives the page, unless others have used up what browsers allow for that: then the second attempt does without.
        const response = await post(body, !attempt);
        status = response.status;
        asked = response.headers.get('Retry-After');
      } catch {
        // Unreachable: status 0.
      }
      inFlight = [];
      lastStatus = status;
      if (status >= 200 && status < 300) {
        attempt = 0;
        emit('sent', { messageIds: forget(keys) });
      } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
        // One bad apple: alone it is refused alone.
        if (keys.length > 1 && (status === 400 || status === 413)) limit = 1;
        else drop('refused', forget(keys), status);
      } else {
        const seconds = asked ? (isNaN(+asked) ? (Date.parse(asked) - Date.now()) / 1e3 : +asked) : NaN;
        const pause = seconds >= 0
          ? Math.min(seconds * 1e3, LONGEST_PATIENCE_MS)
          : Math.min(FIRST_RETRY_MS * 2 ** attempt, LONGEST_RETRY_MS) * (0.5 + Math.random() / 2);
        attempt++;
        store.set(NOT_BEFORE, String(Date.now() + pause));
        emit('retry', { status, delay: pause });
        schedule(pause);
        return;
      }
    }
  };

  /** One tab sends at a time, for all. A tab that dies lets go. */
  const alone = async (work: () => Promise<void>): Promise<void> => {
    try {
      if (navigator.locks) {
        await navigator.locks.request(`pz.${writeKey}`, work);
        return;
      }
    } catch {
      // Where storage is blocked, so are locks.
    }
    if (+(store.get(LEASE) ?? 0) > Date.now()) {
      schedule(FIRST_RETRY_MS);
      return;
    }
    store.set(LEASE, String(Date.now() + REQUEST_TIMEOUT_MS));
    await work();
    store.remove(LEASE);
  };

  const flush = (): Promise<void> => flushing ??= alone(drain).finally(() => {
    flushing = undefined;
  });

  /**
   * The page may be gone in a moment and nobody hears the answer. So what is sent now stays stored, the next page sends it again, and
   * the server knows it by its message id.
   */
  const leave = (): void => {
    isLeaving = true;
    const isTooEarly = patience() > 0;
    let rest = queued().filter(key => mine.has(key) && !inFlight.includes(key) && !(isTooEarly && !store.isVolatile(key)));
    while (rest.length) {
      const { keys, body } = pack(rest, MAX_REQUEST_EVENTS);
      if (!keys.length) return;
      rest = rest.slice(rest.indexOf(keys[keys.length - 1]!) + 1);
      if (!navigator.sendBeacon?.(collector, body)) post(body, true).catch(() => {});
    }
  };

  addEventListener('pagehide', leave);
  addEventListener('pageshow', () => {
    isLeaving = false;
    void flush();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden && !isLeaving) void flush();
  });
  addEventListener('online', () => {
    if (!lastStatus) {
      attempt = 0;
      store.remove(NOT_BEFORE);
    }
    void flush();
  });

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
  if (isAllowed()) who();
  // What earlier pages and closed tabs left behind.
  if (queued()[0]) schedule(0);

  return {
    track: (event, properties = {}, eventOptions) => take('track', { event, properties }, eventOptions),
    identify: (userId, traits = {}, eventOptions) => take('identify', { userId: String(userId), traits }, eventOptions),
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
    async recommend(placement: string, { fresh, ...question }: RecommendOptions = {}) {
      let slate: Slate | null = null;
      try {
        if (fresh) await Promise.race([flush(), new Promise(resolve => setTimeout(resolve, 1e3))]);
        const current = isAllowed() ? who() : undefined;
        const query = Object.entries({ writeKey, anonymousId: current?.a, userId: current?.u, ...question })
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => `${name}=${([] as unknown[]).concat(value).map(one => encodeURIComponent(String(one))).join()}`);
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
    flush,
  };
};
