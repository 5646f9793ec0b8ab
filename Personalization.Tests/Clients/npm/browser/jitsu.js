import { jitsuAnalytics } from "@jitsu/js";
import { forEachEvent, host, properties, user, writeKey } from "./run.js";

const analytics = jitsuAnalytics({ host, writeKey: `${writeKey}:secret` });
await analytics.identify(user);
await forEachEvent((n) => analytics.track("Product Viewed", properties(n)));
