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

  const cookie = (key: string): string | undefined => quietly(() => {
    const pair = small.includes(key) && document.cookie.split('; ').find(found => found.startsWith(nameOf(key)));
    return pair ? decodeURIComponent(pair.slice(nameOf(key).length)) : undefined;
  });

  return {
    get: key => memory.get(key) ?? quietly(() => disk!.getItem(prefix + key)) ?? cookie(key),
    set(key, value) {
      memory.set(key, value);
      quietly(() => {
        disk!.setItem(prefix + key, value);
        memory.delete(key);
      });
      // Blocked or full.
      if (memory.has(key)) setCookie(key, value, YEAR_SECONDS);
    },
    remove(key) {
      memory.delete(key);
      setCookie(key, '', 0);
      quietly(() => disk!.removeItem(prefix + key));
    },
    keys: start => [...memory.keys()]
      .concat(quietly(() => Object.keys(disk!).filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length))) ?? [])
      .filter(key => key.startsWith(start))
      .sort(),
    isVolatile: key => memory.has(key),
  };
};
