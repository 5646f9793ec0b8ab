import { quietly } from './quiet';

/**
 * Strings that outlive the page where the browser lets them: in local storage, else (ids and choices only) in a cookie of the shop's own
 * site, else in memory. Nothing here throws.
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
  const disk = quietly(() => localStorage);

  const nameOf = (key: string): string => encodeURIComponent(prefix + key) + '=';

  const setCookie = (key: string, value: string, age: number): void => {
    if (small.includes(key)) {
      quietly(() => {
        const secure = location.protocol === 'https:' ? ';secure' : '';
        document.cookie = `${nameOf(key)}${encodeURIComponent(value)};path=/;max-age=${age};samesite=lax${secure}`;
      });
    }
  };

  const forgetHere = (key: string): void => {
    if (memory.delete(key)) setCookie(key, '', 0);
  };

  const readDisk = (key: string): string | null | undefined => quietly(() => disk!.getItem(prefix + key));

  // Once, because reading cookies asks another process.
  for (const key of small) {
    quietly(() => {
      const pair = document.cookie.split('; ').find(found => found.startsWith(nameOf(key)));
      if (pair && !readDisk(key)) memory.set(key, decodeURIComponent(pair.slice(nameOf(key).length)));
    });
  }

  return {
    get: key => memory.get(key) ?? readDisk(key),
    set(key, value) {
      const isOnDisk = quietly(() => {
        disk!.setItem(prefix + key, value);
        forgetHere(key);
        return true;
      });
      // Blocked or full.
      if (!isOnDisk) {
        memory.set(key, value);
        setCookie(key, value, YEAR_SECONDS);
      }
    },
    remove(key) {
      forgetHere(key);
      quietly(() => disk!.removeItem(prefix + key));
    },
    keys: start => [...memory.keys()]
      .concat(quietly(() => Object.keys(disk!).filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length))) ?? [])
      .filter(key => key.startsWith(start))
      .sort(),
    isVolatile: key => memory.has(key),
  };
};
