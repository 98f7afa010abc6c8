// Pays out to a wallet and waits for the end.  usage: pay_out_and_wait ENDPOINT
package main

import (
	"context"
	"crypto/rand"
	"errors"
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
	payout, err := create(ctx, client)
	if err != nil {
		log.Fatal(err)
	}
	amount, err := money.Format(payout.GetAmount())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s %s to %s\n", payout.GetName(), amount, payout.GetAmount().GetCurrencyCode(),
		payout.GetReceiverAccountMasked())
	watch := client.WatchPayout(ctx, &sluicev1.WatchPayoutRequest{Name: payout.GetName()})
	for item, err := range watch.All() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(item.Value.GetState())
		switch item.Value.GetState() {
		case sluicev1.Payout_STATE_SUCCEEDED:
			return
		case sluicev1.Payout_STATE_FAILED, sluicev1.Payout_STATE_CANCELED:
			os.Exit(1)
		}
	}
}

// create asks again under the same request id when nobody knows whether it happened.
func create(ctx context.Context, client *sluice.Client) (*sluicev1.Payout, error) {
	amount, err := money.Parse("25.50", "USD")
	if err != nil {
		return nil, err
	}
	request := &sluicev1.CreatePayoutRequest{
		Parent:    "merchants/demo",
		PayoutId:  "GO-" + number(),
		RequestId: number(),
		Payout: &sluicev1.Payout{
			Wallet: "advcash", Amount: amount, ReceiverAccount: "U123456789012",
		},
	}
	var failure *sluice.Error
	for range 3 {
		payout, err := client.Payouts.CreatePayout(ctx, request)
		if !errors.As(err, &failure) || failure.SideEffect == sluice.SideEffectNone {
			return payout, err
		}
	}
	return nil, failure
}

func number() string {
	var random [6]byte
	_, _ = rand.Read(random[:])
	return fmt.Sprintf("%x", random)
}
