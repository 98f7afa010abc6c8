"""Client of Sluice, the gRPC payment service.

    import sluice
    from sluice.v1 import money_pb2, order_pb2

    with sluice.Client("127.0.0.1:50051") as client:
        order = client.orders.CreateOrder(order_pb2.CreateOrderRequest(...))
        for item in client.watch_order(order_pb2.WatchOrderRequest(name=order.name)):
            ...

sluice.aio has the same for asyncio.
"""

from sluice._connection import Tls
from sluice._policy import Retries
from sluice._watch import Item
from sluice.client import Client, Watch
from sluice.errors import Error, FieldViolation, InvalidArgument, SideEffect

__version__ = "0.1.0"
__all__ = ["Client", "Error", "FieldViolation", "InvalidArgument", "Item", "Retries", "SideEffect",
           "Tls", "Watch"]
