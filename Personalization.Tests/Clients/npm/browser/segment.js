import { AnalyticsBrowser } from "@segment/analytics-next";
import { forEachEvent, host, properties, user, writeKey } from "./run.js";

// The settings, and through them where events go, come from the host itself.
const analytics = AnalyticsBrowser.load({ writeKey, cdnURL: host });
await analytics.identify(user);
await forEachEvent((n) => analytics.track("Product Viewed", properties(n)));
