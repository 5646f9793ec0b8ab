import { PostHog } from "posthog-node";
import { finish, forEachEvent, host, properties, user, writeKey } from "./run.mjs";

const client = new PostHog(writeKey, { host, flushAt: 5, flushInterval: 500, fetchRetryCount: 10, fetchRetryDelay: 700, disableGeoip: false });
const givenUp = [];
client.on("error", () => givenUp.push("flush"));
await forEachEvent((n) => client.capture({ distinctId: user, event: "Product Viewed", properties: properties(n) }));
await client.shutdown(60_000);
finish(givenUp);
