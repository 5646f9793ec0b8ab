import { buildStructEvent } from "@snowplow/tracker-core";
import { newTracker } from "@snowplow/node-tracker";
import { finish, forEachEvent, host, sleep, user } from "./run.mjs";

// This client tries a failed request again only when the next event is tracked, so the script goes on until all are through.
const url = new URL(host);
const delivered = new Set();
const numberOf = (event) => Number(event.se_va);
const tracker = newTracker(
  { namespace: "live", appId: "live-shop", encodeBase64: false },
  {
    endpoint: url.host,
    protocol: "http",
    eventMethod: "post",
    bufferSize: 3,
    onRequestSuccess: (batch) => batch.forEach((event) => delivered.add(numberOf(event))),
  },
);
tracker.setUserId(user);
let tracked = 0;
const track = (n) => {
  tracked = n + 1;
  tracker.track(buildStructEvent({ category: "shop", action: "Product Viewed", label: "live", value: n }));
};
await forEachEvent(track);
const until = Date.now() + 60_000;
const expected = tracked;
while (Date.now() < until && ![...Array(expected).keys()].every((n) => delivered.has(n))) {
  track(tracked);
  await sleep(400);
}
finish([...Array(expected).keys()].filter((n) => !delivered.has(n)));
