// Takes a payment and follows it to its end: pay_and_follow.js ENDPOINT
import { formatMoney, Order_State, parseMoney, SluiceClient } from "@sluice/client";

const endpoint = process.argv[2] ?? "127.0.0.1:50051";
const client = new SluiceClient({ endpoint, tls: false });

// An order that was made is found again by this number, whatever happens to this program.
const orderId = `ts-${Date.now()}`;
const order = await client.orders.createOrder({
  parent: "merchants/demo",
  orderId,
  order: { wallet: "botim", amount: parseMoney("AED", "12.34"), description: "Two coffees" },
});
console.log(`${order.name} is created`);
if (order.nextAction?.action.case === "redirect") {
  console.log(`pay here: ${order.nextAction.action.value.url}`);
}

const last = [
  Order_State.PAID,
  Order_State.CANCELED,
  Order_State.REVOKED,
  Order_State.EXPIRED,
  Order_State.FAILED,
];
for await (const { order: now } of client.watchOrder({ name: order.name })) {
  console.log(`${now.name} is ${Order_State[now.state] ?? now.state}`);
  if (now.paid?.minorUnits) console.log(`paid: ${formatMoney(now.paid)} ${now.paid.currencyCode}`);
  if (last.includes(now.state)) break;
}
client.close();
