/**
 * Strings that outlive the page where the browser lets them: in local storage, else (ids only) in a cookie of the shop's own site, else
 * in memory. Nothing here throws.
 */
export interface Store {
  get(key: string): string | null | undefined;
  set(key: string, value: string, useCookie?: boolean): void;
  remove(key: string): void;
  /** Keys that begin so, without the prefix of the store, in order. */
  keys(start: string): string[];
  /** Whether this page alone knows it. */
  isVolatile(key: string): boolean;
}

const YEAR = 31_536_000;

export const createStore = (prefix: string): Store => {
  const memory = new Map<string, string>();
  let disk: Storage | undefined;
  try {
    disk = localStorage;
  } catch {
    // Blocked, as third-party frames and careful shoppers do it.
  }

  const cookie = (name: string, value: string, age: number): void => {
    try {
      document.cookie = `${encodeURIComponent(name)}=${encodeURIComponent(value)};path=/;max-age=${age};samesite=lax${location.protocol === 'https:' ? ';secure' : ''}`;
    } catch {
      // A sandboxed frame has no cookies.
    }
  };

  const fromCookie = (name: string): string | undefined => {
    try {
      const found = document.cookie.split('; ').find(pair => pair.startsWith(encodeURIComponent(name) + '='));
      return found && decodeURIComponent(found.slice(found.indexOf('=') + 1));
    } catch {
      return undefined;
    }
  };

  return {
    get(key) {
      try {
        return memory.get(key) ?? disk?.getItem(prefix + key) ?? fromCookie(prefix + key);
      } catch {
        return fromCookie(prefix + key);
      }
    },
    set(key, value, useCookie) {
      try {
        disk!.setItem(prefix + key, value);
        memory.delete(key);
      } catch {
        // Blocked or full.
        memory.set(key, value);
        if (useCookie) cookie(prefix + key, value, YEAR);
      }
    },
    remove(key) {
      memory.delete(key);
      try {
        disk!.removeItem(prefix + key);
      } catch {
        // Then it never was there.
      }
      if (fromCookie(prefix + key)) cookie(prefix + key, '', 0);
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
