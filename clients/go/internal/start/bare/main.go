// The least that a program with the generated stubs alone is: for its size and start time.
package main

import (
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"sluice.dev/client/sluicev1"
)

func main() {
	conn, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		os.Exit(1)
	}
	_ = sluicev1.NewOrderServiceClient(conn)
	_ = sluicev1.NewEventServiceClient(conn)
	_ = conn.Close()
}
