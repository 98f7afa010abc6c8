// What the client costs beside its bare generated stub: prints one JSON object.  bench ENDPOINT
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	sluice "sluice.dev/client"
	"sluice.dev/client/sluicev1"
)

const (
	measured = 8 * time.Second // For each comparison, after a quarter of that to warm up.
	starts   = 7
	calls    = 400              // In a round.
	deadline = 10 * time.Second // As the client's own: no call should be made without one.
	orders   = 300              // Each makes two events for the streams to deliver.
)

var ctx = context.Background()

func main() {
	endpoint := os.Args[1]
	client, err := sluice.New(endpoint)
	check(err)
	conn, err := grpc.NewClient(endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	request := &sluicev1.GetOrderRequest{Name: makeOrders(client)}
	bareOrders, bareEvents := sluicev1.NewOrderServiceClient(conn), sluicev1.NewEventServiceClient(conn)
	last := lastSequence(client)

	get := compare(calls, func() { getOrders(client.Orders, request) },
		func() { getOrdersBare(bareOrders, request) })
	watch := compare(last, func() { watchClient(client, last) }, func() { watchBare(bareEvents, last) })
	here, err := os.Executable()
	check(err)
	withClient := filepath.Join(filepath.Dir(here), "start_client")
	bare := filepath.Join(filepath.Dir(here), "start_bare")
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"language":      "go",
		"package_bytes": size(withClient), "package_bytes_bare": size(bare),
		"start_ms": startMS(withClient, endpoint), "start_ms_bare": startMS(bare, endpoint),
		"get_order_per_second": get.rate[0], "get_order_per_second_bare": get.rate[1],
		"get_order_cpu_us": get.cpuUS[0], "get_order_cpu_us_bare": get.cpuUS[1],
		"watch_events_per_second": watch.rate[0], "watch_events_per_second_bare": watch.rate[1],
		"watch_events_cpu_us": watch.cpuUS[0], "watch_events_cpu_us_bare": watch.cpuUS[1],
	}))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// comparison has what each round has seen, the client's and the stub's.
type comparison struct{ rate, cpuUS [2][]float64 }

// compare takes turns, and in each round another one begins: what the machine does besides weighs on
// both sides of a round.
func compare(count int64, client, bare func()) comparison {
	var seen comparison
	work := [2]func(){client, bare}
	for start := time.Now(); time.Since(start) < measured/4; {
		client()
		bare()
	}
	for start, round := time.Now(), 0; time.Since(start) < measured; round++ {
		for turn := range work {
			side := (round + turn) % 2
			begun, cpu := time.Now(), cpuTime()
			work[side]()
			seen.rate[side] = append(seen.rate[side], float64(count)/time.Since(begun).Seconds())
			seen.cpuUS[side] = append(seen.cpuUS[side],
				float64((cpuTime()-cpu).Nanoseconds())/1000/float64(count))
		}
	}
	return seen
}

// cpuTime is what this process has used, on all its threads.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func getOrders(stub sluicev1.OrderServiceClient, request *sluicev1.GetOrderRequest) {
	for range calls {
		_, err := stub.GetOrder(ctx, request)
		check(err)
	}
}

func getOrdersBare(stub sluicev1.OrderServiceClient, request *sluicev1.GetOrderRequest) {
	for range calls {
		ctx, cancel := context.WithTimeout(ctx, deadline)
		_, err := stub.GetOrder(ctx, request)
		cancel()
		check(err)
	}
}

func makeOrders(client *sluice.Client) string {
	number, name := time.Now().UnixNano(), ""
	for i := range orders {
		order, err := client.Orders.CreateOrder(ctx, &sluicev1.CreateOrderRequest{
			Parent:  "merchants/demo",
			OrderId: fmt.Sprintf("B-%d-%d", number, i),
			Order: &sluicev1.Order{
				Wallet: "botim", Amount: &sluicev1.Money{CurrencyCode: "AED", MinorUnits: 1234},
			},
		})
		check(err)
		name = order.GetName()
	}
	return name
}

func lastSequence(client *sluice.Client) int64 {
	request := &sluicev1.ListEventsRequest{Parent: "merchants/demo", PageSize: 1000}
	last := int64(0)
	for {
		page, err := client.Events.ListEvents(ctx, request)
		check(err)
		for _, event := range page.GetEvents() {
			last = event.GetSequence()
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return last
		}
	}
}

func fromBeginning() *sluicev1.WatchEventsRequest {
	return &sluicev1.WatchEventsRequest{
		Parent: "merchants/demo",
		Start:  &sluicev1.WatchEventsRequest_Beginning_{Beginning: &sluicev1.WatchEventsRequest_Beginning{}},
	}
}

func watchClient(client *sluice.Client, last int64) {
	for item, err := range client.WatchEvents(ctx, fromBeginning()).All() {
		check(err)
		if item.Value.GetSequence() >= last {
			return
		}
	}
}

func watchBare(stub sluicev1.EventServiceClient, last int64) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := stub.WatchEvents(ctx, fromBeginning())
	check(err)
	for {
		message, err := stream.Recv()
		check(err)
		for _, event := range message.GetBatch().GetEvents() {
			if event.GetSequence() >= last {
				return
			}
		}
	}
}

func size(program string) int64 {
	info, err := os.Stat(program)
	check(err)
	return info.Size()
}

func startMS(program, endpoint string) float64 {
	var times []float64
	for range starts {
		start := time.Now()
		check(exec.Command(program, endpoint).Run())
		times = append(times, float64(time.Since(start).Microseconds())/1000)
	}
	slices.Sort(times)
	return times[starts/2]
}
