import { newTracker, setUserId, trackPageView, trackStructEvent } from "@snowplow/browser-tracker";
import { forEachEvent, host, user } from "./run.js";

newTracker("live", host, { appId: "live-shop", bufferSize: 3 });
setUserId(user);

// A failed request is tried again when the next event is tracked, as on a page that somebody goes on using.
await forEachEvent(
  (n) => trackStructEvent({ category: "shop", action: "Product Viewed", label: "live", value: n }),
  () => trackPageView(),
);
