// What the scripts of all clients share: settings from the environment, a steady stream of numbered events, one line of result.
import { setTimeout as sleep } from "node:timers/promises";

export const host = process.env.HOST;
export const writeKey = process.env.WRITE_KEY;
export const user = process.env.SHOPPER;
const count = Number(process.env.EVENTS);
const gapMs = Number(process.env.GAP_MS);

export { sleep };

/** Calls `send(n)` for each event of the run, one after the other. */
export async function forEachEvent(send) {
  for (let n = 0; n < count; n++) {
    send(n);
    await sleep(gapMs);
  }
}

/** Properties of the n-th event: the number is what the test counts. */
export const properties = (n) => ({ product_id: `p-${n % 7}`, price: 9.5, n });

/** Says which events the client itself gave up, and ends. */
export function finish(givenUp = []) {
  process.stdout.write(JSON.stringify({ givenUp }) + "\n", () => process.exit(0));
}
