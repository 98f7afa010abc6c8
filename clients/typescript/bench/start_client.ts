// How long it takes to start with the client: it is imported and made.
import { SluiceClient } from "@sluice/client";

new SluiceClient({ endpoint: process.argv[2] ?? "localhost:1", tls: false }).close();
