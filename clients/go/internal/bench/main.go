// Package main is the bench; see bench.go.
package main

func main() {}
