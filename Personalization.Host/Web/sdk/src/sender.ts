import type { DropReason, Events } from './api';
import { bytes } from './quiet';
import type { Store } from './store';

/** Bounds of the queue over all tabs. The newest event is refused, so that what was promised to be sent stays. */
const MAX_EVENTS = 1_000;
const MAX_QUEUE_CHARS = 1_000_000;
/** One request: browsers let 64 KiB outlive a page. */
const MAX_REQUEST_BYTES = 60 * 1024;
const MAX_REQUEST_EVENTS = 100;
const REQUEST_TIMEOUT_MS = 30_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** Patience that a server may ask for; a mistyped header must not silence a shop for good. */
const LONGEST_PATIENCE_MS = 3_600_000;

/** Keys of the store. */
const NOT_BEFORE = 'wait';
const LEASE = 'lease';
const QUEUE = 'q';
/** Behind the letter of the queue: sorts before the time. */
const URGENT = '!';

interface Answer {
  /** Places in the request of events that are no good; the first few. */
  refused?: { index: number }[];
}

/** The queue, which all tabs of a shop share, and the way to the server. Each event is an entry of its own in the store. */
export interface Sender {
  /** False when the queue is full. What is urgent always finds room, and goes first. */
  add(messageId: string, json: string, isUrgent?: boolean): boolean;
  /** Forgets all that is not urgent. */
  discard(): string[];
  flush(): Promise<void>;
}

export const createSender = (
  store: Store,
  writeKey: string,
  host: string,
  delay: number,
  emit: <E extends keyof Events>(event: E, detail: Events[E]) => void,
  drop: (reason: DropReason, messageIds: string[], status?: number) => void,
): Sender => {
  const url = host + '/v1/batch';
  /** Keys of what this page queued. */
  const mine = new Set<string>();
  let count = 0;
  let timer: ReturnType<typeof setTimeout>;
  let due = Infinity;
  let attempt = 0;
  let lastStatus = 0;
  let isLeaving = false;
  let flushing: Promise<void> | undefined;
  let inFlight: string[] = [];

  const queued = (): string[] => store.keys(QUEUE);

  /** Removes them, and says which events they were. */
  const forget = (keys: string[]): string[] => keys.map(key => {
    store.remove(key);
    mine.delete(key);
    return key.slice(key.indexOf('.') + 1);
  });

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
  const patience = (): number => Math.min(+(store.get(NOT_BEFORE) || 0) - Date.now(), LONGEST_PATIENCE_MS);

  /** The first of the keys that fit into one request, and its body; `sentAt` is of this attempt, the message ids stay. */
  const pack = (keys: string[], limit: number): [keys: string[], body: string] => {
    const packed: string[] = [];
    const events: string[] = [];
    let size = 0;
    for (const key of keys) {
      const json = store.get(key);
      if (!json) continue;
      size += bytes(json) + 1;
      if (packed[0] && (size > MAX_REQUEST_BYTES || packed.length >= limit)) break;
      packed.push(key);
      events.push(json);
    }
    return [packed, `{"writeKey":${JSON.stringify(writeKey)},"sentAt":"${new Date().toISOString()}","batch":[${events}]}`];
  };

  /** Browsers until the middle of 2022 have no `AbortSignal.timeout`. */
  const timeLimit = (): AbortSignal => {
    if (AbortSignal.timeout) return AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), REQUEST_TIMEOUT_MS);
    return controller.signal;
  };

  /** A string goes as text/plain, which needs no preflight. A redirect would become a GET and lose the events. */
  const post = (body: string, keepalive: boolean): Promise<Response> =>
    fetch(url, { method: 'POST', body, keepalive, credentials: 'omit', redirect: 'error', signal: timeLimit() });

  /** Sends until nothing is queued, by whatever tab, or until it has to wait. */
  const drain = async (): Promise<void> => {
    let limit = MAX_REQUEST_EVENTS;
    while (navigator.onLine) {
      const wait = patience();
      const [keys, body] = pack(queued(), limit);
      if (!keys[0]) return;
      if (wait > 0) {
        schedule(wait);
        return;
      }
      inFlight = keys;
      let status = 0;
      let asked: string | null | undefined;
      let answer: Answer | undefined;
      try {
        // Outlives the page, unless others have used up what browsers allow for that: then the second attempt does without.
        const response = await post(body, !attempt);
        status = response.status;
        asked = response.headers.get('Retry-After');
        if (response.ok) answer = await response.json();
      } catch {
        // Unreachable: status 0. With a status the server has decided, and what it said of it was lost.
      }
      inFlight = [];
      lastStatus = status;
      if (status >= 200 && status < 300) {
        attempt = 0;
        const refused = keys.filter((_, index) => answer?.refused?.some?.(each => each?.index === index));
        const taken = forget(keys.filter(key => !refused.includes(key)));
        if (taken[0]) emit('sent', { messageIds: taken });
        drop('refused', forget(refused), status);
      } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
        // One bad apple: alone it is refused alone.
        if (keys[1] && (status === 400 || status === 413)) limit = 1;
        else drop('refused', forget(keys), status);
      } else {
        const askedMs = asked ? +asked * 1e3 || Date.parse(asked) - Date.now() : NaN;
        const pause = askedMs >= 0
          ? Math.min(askedMs, LONGEST_PATIENCE_MS)
          : Math.min(FIRST_RETRY_MS * 2 ** attempt, LONGEST_RETRY_MS) * (0.5 + Math.random() / 2);
        attempt++;
        store.set(NOT_BEFORE, Date.now() + pause + '');
        emit('retry', { status, delay: pause });
        schedule(pause);
        return;
      }
    }
  };

  /** One tab sends at a time, for all. A tab that dies lets go. */
  const alone = async (): Promise<void> => {
    try {
      if (navigator.locks) {
        await navigator.locks.request(`pz.${writeKey}`, drain);
        return;
      }
    } catch {
      // Where storage is blocked, so are locks.
    }
    // Nothing is stored for nothing: before the shopper has agreed, there is nothing to send.
    if (!queued()[0]) return;
    if (+(store.get(LEASE) || 0) > Date.now()) {
      schedule(FIRST_RETRY_MS);
      return;
    }
    store.set(LEASE, Date.now() + REQUEST_TIMEOUT_MS + '');
    await drain();
    store.remove(LEASE);
  };

  const flush = (): Promise<void> => flushing ??= alone().finally(() => {
    flushing = undefined;
  });

  addEventListener('pagehide', () => {
    // The page may be gone in a moment and nobody hears the answer. So what is sent now stays stored, the next page sends it again,
    // and the server knows it by its message id.
    isLeaving = true;
    const isTooEarly = patience() > 0;
    let rest = queued().filter(key => mine.has(key) && !inFlight.includes(key) && (!isTooEarly || store.isVolatile(key)));
    while (rest[0]) {
      const [keys, body] = pack(rest, MAX_REQUEST_EVENTS);
      if (!keys[0]) return;
      rest = rest.filter(key => !keys.includes(key));
      if (!navigator.sendBeacon?.(url, body)) post(body, true).catch(() => {});
    }
  });
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
  // What earlier pages and closed tabs left behind.
  schedule(0);

  return {
    add(messageId, json, isUrgent) {
      const keys = queued();
      if (!isUrgent
        && (keys.length >= MAX_EVENTS || keys.reduce((sum, key) => sum + (store.get(key) || '').length, json.length) > MAX_QUEUE_CHARS)) {
        return false;
      }
      // Sorts by time, then by order in the page.
      const key = `${QUEUE}${isUrgent ? URGENT : ''}${Date.now()}${String(count++).padStart(6, '0')}.${messageId}`;
      mine.add(key);
      store.set(key, json);
      schedule(delay);
      return true;
    },
    discard: () => forget(queued().filter(key => key[1] !== URGENT)),
    flush,
  };
};
