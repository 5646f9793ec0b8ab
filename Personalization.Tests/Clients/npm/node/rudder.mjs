import Client from "@rudderstack/rudder-sdk-node";
import { finish, forEachEvent, host, properties, user, writeKey } from "./run.mjs";

// Without an error handler a failed delivery is an unhandled rejection, which ends the process.
const givenUp = new Set();
const client = new Client(writeKey, { dataPlaneUrl: host, flushAt: 5, flushInterval: 500, logLevel: "error", errorHandler: () => {} });
const settled = [];
await forEachEvent((n) =>
  settled.push(
    new Promise((resolve) =>
      client.track({ userId: user, event: "Product Viewed", properties: properties(n) }, (error) => {
        if (error) {
          givenUp.add(n);
        }
        resolve();
      }),
    ),
  ),
);
await client.flush().catch(() => {});
await Promise.all(settled);
finish([...givenUp]);
