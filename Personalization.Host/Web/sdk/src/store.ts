/**
 * Strings that outlive the page where the browser lets them: in local storage, else (ids only) in a cookie of the shop's own site, else
 * in memory. Nothing here throws.
 */
export interface Store {
  get(key: string): string | null | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** Keys that begin so, without the prefix of the store, in order. */
  keys(start: string): string[];
  /** Whether this page alone knows it. */
  isVolatile(key: string): boolean;
}

const YEAR_SECONDS = 31_536_000;

/** @param small Keys that may become cookies: those have little room, and travel with each request to the shop. */
export const createStore = (prefix: string, small: string[]): Store => {
  const memory = new Map<string, string>();
  let disk: Storage | undefined;
  try {
    disk = localStorage;
  } catch {
    // Blocked, as third-party frames and careful shoppers do it.
  }

  const nameOf = (key: string): string => encodeURIComponent(prefix + key) + '=';

  const setCookie = (key: string, value: string, age: number): void => {
    try {
      if (small.includes(key)) {
        const secure = location.protocol === 'https:' ? ';secure' : '';
        document.cookie = `${nameOf(key)}${encodeURIComponent(value)};path=/;max-age=${age};samesite=lax${secure}`;
      }
    } catch {
      // A sandboxed frame has no cookies.
    }
  };

  const cookie = (key: string): string | undefined => {
    try {
      const pair = small.includes(key) && document.cookie.split('; ').find(found => found.startsWith(nameOf(key)));
      return pair ? decodeURIComponent(pair.slice(nameOf(key).length)) : undefined;
    } catch {
      return undefined;
    }
  };

  return {
    get(key) {
      let stored: string | null | undefined;
      try {
        stored = disk?.getItem(prefix + key);
      } catch {
        // Blocked since the page was opened.
      }
      return memory.get(key) ?? stored ?? cookie(key);
    },
    set(key, value) {
      try {
        disk!.setItem(prefix + key, value);
        memory.delete(key);
      } catch {
        // Blocked or full.
        memory.set(key, value);
        setCookie(key, value, YEAR_SECONDS);
      }
    },
    remove(key) {
      memory.delete(key);
      setCookie(key, '', 0);
      try {
        disk!.removeItem(prefix + key);
      } catch {
        // Then it never was there.
      }
    },
    keys(start) {
      const found = [...memory.keys()];
      try {
        for (const key of Object.keys(disk!)) if (key.startsWith(prefix)) found.push(key.slice(prefix.length));
      } catch {
        // Only memory, then.
      }
      return found.filter(key => key.startsWith(start)).sort();
    },
    isVolatile: key => memory.has(key),
  };
};
