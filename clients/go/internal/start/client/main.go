// The least that a program with the client is: for its size and start time.
package main

import (
	"os"

	sluice "sluice.dev/client"
)

func main() {
	client, err := sluice.New(os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	_ = client.Close()
}
