// Pays out and waits for the end: pay_out_and_wait.js ENDPOINT
import { parseMoney, Payout_State, SluiceClient, SluiceError } from "@sluice/client";

const endpoint = process.argv[2] ?? "127.0.0.1:50051";
const client = new SluiceClient({ endpoint, tls: false });

const request = {
  parent: "merchants/demo",
  payoutId: `ts-${Date.now()}`,
  requestId: "",
  payout: {
    wallet: "advcash",
    amount: parseMoney("USD", "25.50"),
    receiverAccount: "U123456789012",
  },
};

// The one way to try again by hand: with the request id of the first time.
async function payOut() {
  for (let tries = 1; ; ++tries) {
    try {
      return await client.payouts.createPayout(request);
    } catch (error) {
      if (!(error instanceof SluiceError) || error.sideEffect === "none" || tries === 3)
        throw error;
      request.requestId = error.requestId ?? "";
    }
  }
}

const payout = await payOut();
console.log(`${payout.name} is created`);
const last = [Payout_State.SUCCEEDED, Payout_State.FAILED, Payout_State.CANCELED];
for await (const { payout: now } of client.watchPayout({ name: payout.name })) {
  console.log(`${now.name} is ${Payout_State[now.state] ?? now.state}`);
  if (last.includes(now.state)) break;
}
client.close();
