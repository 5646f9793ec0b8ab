import type { Consent } from './api';

type TcfData = {
  eventStatus?: string;
  gdprApplies?: boolean;
  purpose?: { consents?: Record<number, boolean> };
  vendor?: { consents?: Record<number, boolean> };
  publisher?: { consents?: Record<number, boolean>; restrictions?: Record<number, Record<number, number>> };
};

type TcfApi = (command: string, version: number, callback: (data: TcfData | null, success: boolean) => void) => void;

/** Which TCF purposes, all of them, a purpose of ours stands on. */
const NEEDS: Record<string, number[]> = {
  collect: [1],
  profile: [5],
  personalise: [6],
  measure: [8],
  activate: [3, 4],
  train: [5, 10],
};

/** A restriction by which the publisher allows a vendor's purpose with consent; none is as good. The others forbid it. */
const REQUIRE_CONSENT = 1;

/**
 * Calls back with what the TCF grants, whenever that changes; with nothing at all where the GDPR does not apply. Waits for a consent
 * platform that comes later than we do: until it is there, nothing was said.
 */
export const readTcf = (vendor: boolean | number, heard: (granted: Consent) => void): void => {
  const api = (window as { __tcfapi?: TcfApi }).__tcfapi;
  if (!api) {
    setTimeout(() => readTcf(vendor, heard), 500);
    return;
  }
  api('addEventListener', 2, (data, isSuccess) => {
    if (!isSuccess || !data || !/^(tcloaded|useractioncomplete)$/.test(data.eventStatus ?? '')) return;
    const granted: Consent = {};
    if (data.gdprApplies !== false) {
      const isVendor = typeof vendor === 'number';
      for (const purpose in NEEDS) {
        granted[purpose] = NEEDS[purpose]!.every(need =>
          isVendor
            ? data.purpose?.consents?.[need] && data.vendor?.consents?.[vendor]
              && (data.publisher?.restrictions?.[need]?.[vendor] ?? REQUIRE_CONSENT) === REQUIRE_CONSENT
            : data.publisher?.consents?.[need]);
      }
    }
    heard(granted);
  });
};
