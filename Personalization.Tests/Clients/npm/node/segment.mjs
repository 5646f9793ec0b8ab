import { Analytics } from "@segment/analytics-node";
import { finish, forEachEvent, host, properties, user, writeKey } from "./run.mjs";

const analytics = new Analytics({ writeKey, host, flushAt: 5, flushInterval: 500 });
const givenUp = [];
analytics.on("error", (error) => (error.ctx ? [error.ctx].flat() : []).forEach((ctx) => givenUp.push(ctx.event?.properties?.n)));
await forEachEvent((n) => analytics.track({ userId: user, event: "Product Viewed", properties: properties(n) }));
await analytics.closeAndFlush({ timeout: 90_000 });
finish(givenUp);
