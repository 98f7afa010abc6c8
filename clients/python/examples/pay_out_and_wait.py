"""Pays out to a wallet and waits for the end.  usage: pay_out_and_wait.py ENDPOINT"""

import sys
import uuid

import sluice
from sluice import money
from sluice.v1 import payout_pb2

ENDED = {payout_pb2.Payout.STATE_SUCCEEDED, payout_pb2.Payout.STATE_FAILED,
         payout_pb2.Payout.STATE_CANCELED}


def create(client):
    """Creates the payout. When nobody knows whether it was, it is asked again under the same id."""
    request = payout_pb2.CreatePayoutRequest(
        parent="merchants/demo",
        payout_id=f"PY-{uuid.uuid4().hex[:12]}",
        request_id=str(uuid.uuid4()),
        payout=payout_pb2.Payout(wallet="advcash", amount=money.parse("25.50", "USD"),
                                 receiver_account="U123456789012"))
    for _ in range(3):
        try:
            return client.payouts.CreatePayout(request)
        except sluice.Error as error:
            if error.side_effect is sluice.SideEffect.NONE:
                raise
    return client.payouts.CreatePayout(request)


def main(endpoint):
    with sluice.Client(endpoint) as client:
        payout = create(client)
        print(f"{payout.name}: {money.format(payout.amount)} {payout.amount.currency_code} to "
              f"{payout.receiver_account_masked}", flush=True)
        with client.watch_payout(payout_pb2.WatchPayoutRequest(name=payout.name)) as watch:
            for item in watch:
                print(payout_pb2.Payout.State.Name(item.value.state), flush=True)
                if item.value.state in ENDED:
                    return 0 if item.value.state == payout_pb2.Payout.STATE_SUCCEEDED else 1
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
