import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";
import { forEachEvent, host, properties, user, writeKey } from "./run.js";

const analytics = new RudderAnalytics();
analytics.load(writeKey, host, { configUrl: host, plugins: [], logLevel: "ERROR" });
await new Promise((resolve) => analytics.ready(resolve));
analytics.identify(user);
await forEachEvent((n) => analytics.track("Product Viewed", properties(n)));
