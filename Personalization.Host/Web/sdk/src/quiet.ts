/** What the page's surroundings may refuse (blocked storage, sandboxed frames) is answered with nothing. */
export const quietly = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

export const parse = <T>(json: string | null | undefined): T | undefined => quietly(() => JSON.parse(json!) as T) ?? undefined;

/** Pages without TLS have no `randomUUID`. */
export const uuid = (): string => crypto.randomUUID?.() ??
  '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, digit =>
    (+digit ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (+digit / 4)))).toString(16));

export const bytes = (text: string): number => new TextEncoder().encode(text).length;
