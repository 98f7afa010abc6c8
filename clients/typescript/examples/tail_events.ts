// A line for every event, until Ctrl-C: tail_events.js ENDPOINT [CURSOR-FILE]
// With a file it goes on where it was stopped, and leaves nothing out.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

import { SluiceClient } from "@sluice/client";

const [endpoint = "127.0.0.1:50051", file] = process.argv.slice(2);
const client = new SluiceClient({ endpoint, tls: false });

const stored = file && existsSync(file) ? readFileSync(file, "utf8") : "";
const events = client.watchEvents({
  parent: "merchants/demo",
  start: stored ? { case: "cursor", value: stored } : { case: "beginning", value: {} },
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => events.stop());

for await (const { event, cursor } of events) {
  console.log(`${event.sequence} ${event.type} ${event.resource}`);
  // Only now is the event dealt with.
  if (file && cursor) {
    writeFileSync(`${file}.new`, cursor);
    renameSync(`${file}.new`, file);
  }
}
client.close();
