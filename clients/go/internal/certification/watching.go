package main

import (
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	sluice "sluice.dev/client"
)

// watching takes an item of a watch in a goroutine of its own, one for each time that it is asked.
type watching struct {
	asked   chan struct{}
	taken   chan taken
	pending bool
	cursor  func() string
	stop    func()
}

type taken struct {
	value  any
	cursor string
	err    error
	given  func()
}

func watched[T proto.Message](key string, watch *sluice.Watch[T]) *watching {
	w := &watching{asked: make(chan struct{}, 1), taken: make(chan taken, 1), stop: watch.Close}
	var mutex sync.Mutex
	waiting, safe := false, "" // An item was taken that is not yet given; the cursor before it.
	w.cursor = func() string {
		mutex.Lock()
		defer mutex.Unlock()
		if waiting {
			return safe
		}
		return watch.Cursor()
	}
	go func() {
		for range w.asked {
			item, err := watch.Next()
			mutex.Lock()
			waiting = true
			mutex.Unlock()
			got := taken{cursor: item.Cursor, err: err}
			got.given = func() {
				mutex.Lock()
				defer mutex.Unlock()
				waiting, safe = false, item.Cursor
			}
			if err == nil {
				value, encodeErr := raw(item.Value)
				got.value, got.err = map[string]any{key: value, "cursor": item.Cursor}, encodeErr
			}
			w.taken <- got
			if err != nil {
				return
			}
		}
	}()
	return w
}

func (w *watching) take(timeout time.Duration) (any, error) {
	if !w.pending {
		w.pending = true
		w.asked <- struct{}{}
	}
	select {
	case got := <-w.taken:
		w.pending = false
		got.given()
		return got.value, got.err
	case <-time.After(timeout):
		return map[string]bool{"timeout": true}, nil
	}
}
