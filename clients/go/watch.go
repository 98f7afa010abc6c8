package sluice

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"sluice.dev/client/sluicev1"
)

// Item is an event, or a resource after a change.
type Item[T any] struct {
	Value T
	// Store it once the item is dealt with: a watch from it gives what comes after. Within a batch
	// it is the cursor before the batch, so that what was not dealt with comes again.
	Cursor string
}

// Watch is a stream that opens itself again and goes on where it was: after a restart or a drain of
// the server, a broken connection, and silence. It drops what it has given before.
//
// Messages are read as they are asked for: a reader who stops stops the stream. Next and All are
// for one goroutine; Close and Cursor may be called by any.
type Watch[T any] struct {
	ctx      context.Context
	cancel   context.CancelFunc
	settings settings
	open     func(context.Context, string) (func() (delivery[T], error), error)
	position position[T]

	receive  func() (delivery[T], error) // Of the present stream; nil: none is open.
	end      context.CancelFunc          // Ends the present stream.
	items    []Item[T]
	failures int
	err      error

	mutex  sync.Mutex
	cursor string
}

// delivery is a message of any of the streams.
type delivery[T any] struct {
	values []T
	cursor string
}

func newWatch[T any, Request proto.Message, Response any](
	ctx context.Context, s settings, request Request, read func(*Response) (delivery[T], identify[T]),
	start func(context.Context, Request, ...grpc.CallOption) (grpc.ServerStreamingClient[Response],
		error),
) *Watch[T] {
	request = proto.Clone(request).(Request)
	field := request.ProtoReflect().Descriptor().Fields().ByName("cursor")
	w := &Watch[T]{settings: s, cursor: request.ProtoReflect().Get(field).String()}
	w.ctx, w.cancel = context.WithCancel(ctx)
	_, w.position.identify = read(new(Response))
	w.open = func(ctx context.Context, cursor string) (func() (delivery[T], error), error) {
		if cursor != "" {
			request.ProtoReflect().Set(field, protoreflect.ValueOfString(cursor))
		}
		stream, err := start(ctx, request)
		if err != nil {
			return nil, err
		}
		return func() (delivery[T], error) {
			message, err := stream.Recv()
			if err != nil {
				return delivery[T]{}, err
			}
			got, _ := read(message)
			return got, nil
		}, nil
	}
	// At once: what "from now" means should not depend on when the reader first reads.
	w.err = w.reopen()
	return w
}

// Cursor is safe to store when every item given so far is dealt with. It moves on with heartbeats.
func (w *Watch[T]) Cursor() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.cursor
}

// Close ends the stream. Next then gives io.EOF, and All ends.
func (w *Watch[T]) Close() { w.cancel() }

// All gives every item until Next would give io.EOF. When it fails, the last pair has the *Error.
// Leaving the loop closes the watch.
func (w *Watch[T]) All() iter.Seq2[Item[T], error] {
	return func(yield func(Item[T], error) bool) {
		defer w.Close()
		for {
			item, err := w.Next()
			if errors.Is(err, io.EOF) || !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// Next waits for the next item. It gives io.EOF after Close or when the context of the watch was
// canceled; an *Error when the context's deadline is past or the stream cannot go on.
func (w *Watch[T]) Next() (Item[T], error) {
	for len(w.items) == 0 && w.err == nil {
		w.err = w.take()
	}
	if len(w.items) == 0 {
		w.cancel()
		return Item[T]{}, w.err
	}
	item := w.items[0]
	w.items = w.items[1:]
	w.move(item.Cursor)
	return item, nil
}

// take receives a message, or opens the stream again.
func (w *Watch[T]) take() error {
	if w.receive == nil {
		return w.reopen()
	}
	silent := time.AfterFunc(w.settings.silence, w.end)
	got, err := w.receive()
	wasSilent := !silent.Stop()
	if err != nil {
		return w.after(err, wasSilent)
	}
	w.failures = 0
	if wasSilent {
		// The message came as the stream was ended: it counts, but there will be no other.
		w.end()
		w.receive = nil
	}
	before := w.Cursor()
	w.items = w.position.items(got, before)
	if len(w.items) == 0 {
		w.move(got.cursor)
	}
	return nil
}

func (w *Watch[T]) reopen() error {
	ctx, end := context.WithCancel(w.ctx)
	receive, err := w.open(ctx, w.Cursor())
	w.end = end
	if err != nil {
		return w.after(err, false)
	}
	w.receive = receive
	return nil
}

// after decides whether the stream is opened again; it waits before it is.
func (w *Watch[T]) after(err error, wasSilent bool) error {
	w.end()
	w.receive = nil
	if w.ctx.Err() != nil {
		return w.closed()
	}
	pause := w.settings.retries.wait(w.failures)
	if !errors.Is(err, io.EOF) && !wasSilent {
		failure := asError(err, "")
		if failure.Code != codes.Unavailable && failure.Code != codes.ResourceExhausted {
			return failure
		}
		pause = plus(pause, failure.RetryAfter)
	}
	w.failures++
	if sleep(w.ctx, pause) != nil {
		return w.closed()
	}
	return nil
}

// closed tells the end that was asked for from the one of the caller's context.
func (w *Watch[T]) closed() error {
	if cause := context.Cause(w.ctx); cause != nil && errors.Is(cause, context.DeadlineExceeded) {
		return asError(cause, "")
	}
	return io.EOF
}

func (w *Watch[T]) move(cursor string) {
	// Only the reader writes it, and here it is the reader who looks.
	if cursor == "" || cursor == w.cursor {
		return
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.cursor = cursor
}

// identify gives what tells a value from another: whose it is, and a number that rises.
type identify[T any] func(T) (owner string, number int64)

// position drops what was given before.
type position[T any] struct {
	identify identify[T]
	// The owner of the last value, and its number; most streams have one owner only.
	owner  string
	number int64
	given  map[string]int64 // Of the other owners.
}

func (p *position[T]) items(got delivery[T], before string) []Item[T] {
	items := make([]Item[T], 0, len(got.values))
	for _, value := range got.values {
		owner, number := p.identify(value)
		if owner != p.owner {
			if p.given == nil {
				p.given = map[string]int64{}
			}
			p.given[p.owner] = p.number
			p.owner, p.number = owner, p.given[owner]
		}
		if number <= p.number {
			continue
		}
		p.number = number
		items = append(items, Item[T]{Value: value, Cursor: before})
	}
	if len(items) > 0 {
		items[len(items)-1].Cursor = got.cursor
	}
	return items
}

func eventsOf(m *sluicev1.WatchEventsResponse) (delivery[*sluicev1.Event], identify[*sluicev1.Event]) {
	return delivery[*sluicev1.Event]{values: m.GetBatch().GetEvents(), cursor: m.GetCursor()},
		func(event *sluicev1.Event) (string, int64) {
			merchant, _, _ := strings.Cut(strings.TrimPrefix(event.GetName(), "merchants/"), "/")
			return merchant, event.GetSequence()
		}
}

func orderOf(m *sluicev1.WatchOrderResponse) (delivery[*sluicev1.Order], identify[*sluicev1.Order]) {
	return one(m.GetOrder(), m.GetCursor()), revision[*sluicev1.Order]
}

func payoutOf(m *sluicev1.WatchPayoutResponse) (delivery[*sluicev1.Payout], identify[*sluicev1.Payout]) {
	return one(m.GetPayout(), m.GetCursor()), revision[*sluicev1.Payout]
}

func accountLinkOf(
	m *sluicev1.WatchAccountLinkResponse,
) (delivery[*sluicev1.AccountLink], identify[*sluicev1.AccountLink]) {
	return one(m.GetAccountLink(), m.GetCursor()), revision[*sluicev1.AccountLink]
}

func one[T interface {
	comparable
	GetRevision() int64
}](value T, cursor string) delivery[T] {
	var none T
	if value == none {
		return delivery[T]{cursor: cursor}
	}
	return delivery[T]{values: []T{value}, cursor: cursor}
}

func revision[T interface{ GetRevision() int64 }](resource T) (string, int64) {
	return "", resource.GetRevision()
}
