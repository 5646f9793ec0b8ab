// What the pages of all clients share: settings from the page's address, a steady stream of numbered events, a flag when all are tracked.
const query = new URLSearchParams(location.search);

export const host = query.get("host");
export const writeKey = query.get("writeKey");
export const user = query.get("shopper");
const count = Number(query.get("events"));
const gapMs = Number(query.get("gapMs"));

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls `send(n)` for each event of the run, one after the other; then, where a client only works while it is used, `idle`. */
export async function forEachEvent(send, idle) {
  for (let n = 0; n < count; n++) {
    send(n);
    await sleep(gapMs);
  }

  window.isTracked = true;
  while (idle) {
    idle();
    await sleep(400);
  }
}

/** Properties of the n-th event: the number is what the test counts. */
export const properties = (n) => ({ product_id: `p-${n % 7}`, price: 9.5, n });
