"""Every event of the merchant, from the beginning, until Ctrl-C.  usage: tail_events.py ENDPOINT

A dashboard that must miss nothing stores item.cursor after each event that it has dealt with, and
begins with it the next time.
"""

import sys

import sluice
from sluice.v1 import event_pb2


def main(endpoint):
    request = event_pb2.WatchEventsRequest(parent="merchants/demo", beginning={})
    with sluice.Client(endpoint) as client, client.watch_events(request) as watch:
        for item in watch:
            event = item.value
            print(event.sequence, event.type, event.resource, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        pass
