// Takes a payment and follows it until it has ended.  usage: pay_and_follow ENDPOINT
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"os"

	sluice "sluice.dev/client"
	"sluice.dev/client/money"
	"sluice.dev/client/sluicev1"
)

func main() {
	ctx := context.Background()
	client, err := sluice.New(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	amount, err := money.Parse("12.34", "AED")
	if err != nil {
		log.Fatal(err)
	}
	order, err := client.Orders.CreateOrder(ctx, &sluicev1.CreateOrderRequest{
		Parent:  "merchants/demo",
		OrderId: "GO-" + number(),
		Order:   &sluicev1.Order{Wallet: "botim", Amount: amount, Description: "Two coffees"},
	})
	if err != nil {
		log.Fatal(err) // Says whether it may have happened, and the request id is in the error.
	}
	fmt.Printf("%s: to pay, open %s\n", order.GetName(), order.GetNextAction().GetRedirect().GetUrl())
	for item, err := range client.WatchOrder(ctx, &sluicev1.WatchOrderRequest{Name: order.GetName()}).All() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(item.Value.GetState())
		switch item.Value.GetState() {
		case sluicev1.Order_STATE_PAID:
			return
		case sluicev1.Order_STATE_CANCELED, sluicev1.Order_STATE_REVOKED,
			sluicev1.Order_STATE_EXPIRED, sluicev1.Order_STATE_FAILED:
			os.Exit(1)
		}
	}
}

func number() string {
	var random [6]byte
	_, _ = rand.Read(random[:])
	return fmt.Sprintf("%x", random)
}
