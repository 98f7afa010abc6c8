"""Takes a payment and follows it until it has ended.  usage: pay_and_follow.py ENDPOINT"""

import sys
import uuid

import sluice
from sluice import money
from sluice.v1 import order_pb2

ENDED = {order_pb2.Order.STATE_PAID, order_pb2.Order.STATE_CANCELED, order_pb2.Order.STATE_REVOKED,
         order_pb2.Order.STATE_EXPIRED, order_pb2.Order.STATE_FAILED}


def main(endpoint):
    with sluice.Client(endpoint) as client:
        order = client.orders.CreateOrder(order_pb2.CreateOrderRequest(
            parent="merchants/demo",
            order_id=f"PY-{uuid.uuid4().hex[:12]}",
            order=order_pb2.Order(wallet="botim", amount=money.parse("12.34", "AED"),
                                  description="Two coffees")))
        print(f"{order.name}: to pay, open {order.next_action.redirect.url}", flush=True)
        with client.watch_order(order_pb2.WatchOrderRequest(name=order.name)) as watch:
            for item in watch:
                print(order_pb2.Order.State.Name(item.value.state), flush=True)
                if item.value.state in ENDED:
                    return 0 if item.value.state == order_pb2.Order.STATE_PAID else 1
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except sluice.Error as error:
        sys.exit(f"{error} (request id {error.request_id or 'none'})")
