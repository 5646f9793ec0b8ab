import posthog from "posthog-js";
import { forEachEvent, host, properties, user, writeKey } from "./run.js";

posthog.init(writeKey, {
  api_host: host,
  // A headless browser is a bot to this client, unless it is told not to look.
  opt_out_useragent_filter: true,
  autocapture: false,
  capture_pageview: false,
  disable_session_recording: true,
  disable_surveys: true,
  disable_external_dependency_loading: true,
});
posthog.identify(user);
await forEachEvent((n) => posthog.capture("Product Viewed", properties(n)));
