// Every event of the merchant, from the beginning, until Ctrl-C.  usage: tail_events ENDPOINT
//
// A dashboard that must miss nothing stores item.Cursor after each event that it has dealt with,
// and begins with it the next time.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	sluice "sluice.dev/client"
	"sluice.dev/client/sluicev1"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client, err := sluice.New(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	request := &sluicev1.WatchEventsRequest{
		Parent: "merchants/demo",
		Start:  &sluicev1.WatchEventsRequest_Beginning_{Beginning: &sluicev1.WatchEventsRequest_Beginning{}},
	}
	for item, err := range client.WatchEvents(ctx, request).All() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(item.Value.GetSequence(), item.Value.GetType(), item.Value.GetResource())
	}
}
