package sluice

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"sluice.dev/client/sluicev1"
)

// script is a server whose answers are planned, one entry a call; then it answers OK.
type script struct {
	sluicev1.UnimplementedOrderServiceServer
	sluicev1.UnimplementedEventServiceServer
	mutex    sync.Mutex
	plan     []error
	streams  []func(grpc.ServerStreamingServer[sluicev1.WatchEventsResponse]) error
	ids      []string
	cursors  []string
	metadata metadata.MD

	description string
}

func (s *script) next(ctx context.Context, id string) (*sluicev1.Order, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.ids = append(s.ids, id)
	s.metadata, _ = metadata.FromIncomingContext(ctx)
	if len(s.plan) > 0 {
		err := s.plan[0]
		s.plan = s.plan[1:]
		return nil, err
	}
	return &sluicev1.Order{Name: "merchants/m/orders/o", Description: s.description}, nil
}

func (s *script) CreateOrder(
	ctx context.Context, r *sluicev1.CreateOrderRequest,
) (*sluicev1.Order, error) {
	return s.next(ctx, r.GetRequestId())
}

func (s *script) GetOrder(ctx context.Context, r *sluicev1.GetOrderRequest) (*sluicev1.Order, error) {
	return s.next(ctx, "")
}

func (s *script) WatchEvents(r *sluicev1.WatchEventsRequest,
	out grpc.ServerStreamingServer[sluicev1.WatchEventsResponse]) error {
	s.mutex.Lock()
	s.cursors = append(s.cursors, r.GetCursor())
	var play func(grpc.ServerStreamingServer[sluicev1.WatchEventsResponse]) error
	if len(s.streams) > 0 {
		play = s.streams[0]
		s.streams = s.streams[1:]
	}
	s.mutex.Unlock()
	if play == nil {
		<-out.Context().Done()
		return nil
	}
	return play(out)
}

func start(t *testing.T, options ...Option) (*script, *Client) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, server := &script{}, grpc.NewServer()
	sluicev1.RegisterOrderServiceServer(server, s)
	sluicev1.RegisterEventServiceServer(server, s)
	go func() { _ = server.Serve(listener) }()
	quick := WithRetries(Retries{
		MaxAttempts: 4, InitialBackoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond,
	})
	client, err := New(listener.Addr().String(), append([]Option{quick}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Close()
		server.Stop()
	})
	return s, client
}

func refusal(code codes.Code, reason, sideEffect, domain string, retryAfter time.Duration) error {
	s := status.New(code, "refused")
	if reason == "" {
		return s.Err()
	}
	s, _ = s.WithDetails(&errdetails.ErrorInfo{
		Reason: reason, Domain: domain, Metadata: map[string]string{"side_effect": sideEffect}})
	if retryAfter > 0 {
		s, _ = s.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfter)})
	}
	return s.Err()
}

func overloaded(retryAfter time.Duration) error {
	return refusal(codes.ResourceExhausted, "OVERLOADED", "none", errorDomain, retryAfter)
}

func TestARequestIDIsMadeOnceAndKept(t *testing.T) {
	s, client := start(t)
	s.plan = []error{overloaded(0), overloaded(0)}
	request := &sluicev1.CreateOrderRequest{OrderId: "o"}
	if _, err := client.Orders.CreateOrder(context.Background(), request); err != nil {
		t.Fatal(err)
	}
	if len(s.ids) != 3 || len(s.ids[0]) != 36 || s.ids[0] != s.ids[1] || s.ids[1] != s.ids[2] {
		t.Errorf("sent with %q", s.ids)
	}
	if request.GetRequestId() != "" {
		t.Error("the caller's request was changed")
	}
	request.RequestId = "mine"
	if _, err := client.Orders.CreateOrder(context.Background(), request); err != nil {
		t.Fatal(err)
	}
	if s.ids[3] != "mine" {
		t.Errorf("sent with %q", s.ids[3])
	}
}

func TestWhatIsSentAgain(t *testing.T) {
	for _, test := range []struct {
		name         string
		err          error
		create, read int
	}{
		{"overloaded", overloaded(0), 4, 4},
		{"stopping", refusal(codes.Unavailable, "SHUTTING_DOWN", "none", errorDomain, 0), 4, 4},
		{"broken", refusal(codes.Unavailable, "", "", "", 0), 1, 4},
		{"possible", refusal(codes.Unavailable, "X", "possible", errorDomain, 0), 1, 1},
		{"another domain", refusal(codes.Unavailable, "X", "none", "proxy", 0), 1, 4},
		{"another limit", refusal(codes.ResourceExhausted, "", "", "", 0), 1, 1},
		{"internal", refusal(codes.Internal, "INTERNAL", "none", errorDomain, 0), 1, 1},
		{"deadline", refusal(codes.DeadlineExceeded, "", "", "", 0), 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, client := start(t)
			plan := []error{test.err, test.err, test.err, test.err, test.err}
			s.plan = plan
			_, err := client.Orders.CreateOrder(context.Background(), &sluicev1.CreateOrderRequest{})
			var failure *Error
			if !errors.As(err, &failure) || failure.Code != status.Code(test.err) {
				t.Fatalf("ended with %v", err)
			}
			if len(s.ids) != test.create || failure.RequestID != s.ids[0] {
				t.Errorf("CreateOrder was sent %d times, want %d: %v", len(s.ids), test.create, err)
			}
			if status.Code(err) != failure.Code {
				t.Errorf("status.Code says %v", status.Code(err))
			}
			s.plan, s.ids = plan, nil
			if _, err = client.Orders.GetOrder(context.Background(), &sluicev1.GetOrderRequest{}); err == nil {
				t.Fatal("no error")
			}
			if len(s.ids) != test.read {
				t.Errorf("GetOrder was sent %d times, want %d", len(s.ids), test.read)
			}
		})
	}
}

func TestRetryInfoIsTheLeastWait(t *testing.T) {
	s, client := start(t)
	s.plan = []error{overloaded(200 * time.Millisecond)}
	begin := time.Now()
	if _, err := client.Orders.GetOrder(context.Background(), &sluicev1.GetOrderRequest{}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 200*time.Millisecond {
		t.Errorf("sent again after %v", took)
	}
}

func TestAWaitBeyondTheDeadlineIsNotBegun(t *testing.T) {
	s, client := start(t, WithTimeout(5*time.Second))
	s.plan = []error{overloaded(time.Minute)}
	begin := time.Now()
	_, err := client.Orders.GetOrder(context.Background(), &sluicev1.GetOrderRequest{})
	var failure *Error
	if !errors.As(err, &failure) || failure.RetryAfter != time.Minute || failure.Reason != "OVERLOADED" {
		t.Errorf("ended with %v", err)
	}
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestACallerWhoGivesUpIsNotKeptWaiting(t *testing.T) {
	s, client := start(t)
	s.plan = []error{overloaded(5 * time.Second)}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	begin := time.Now()
	_, err := client.Orders.CreateOrder(ctx, &sluicev1.CreateOrderRequest{})
	var failure *Error
	if !errors.As(err, &failure) || !errors.Is(err, context.Canceled) || failure.RequestID == "" ||
		failure.SideEffect != SideEffectPossible {
		t.Errorf("ended with %v", err)
	}
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestTheKeyIsABearer(t *testing.T) {
	s, client := start(t, WithAPIKey("secret"))
	if _, err := client.Orders.GetOrder(context.Background(), &sluicev1.GetOrderRequest{}); err != nil {
		t.Fatal(err)
	}
	if got := s.metadata.Get("authorization"); len(got) != 1 || got[0] != "Bearer secret" {
		t.Errorf("sent %q", got)
	}
}

func TestAKeyOverPlaintextGoesToLoopbackOnly(t *testing.T) {
	for endpoint, loopback := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "localhost:1": true, "[::1]:1": true,
		"dns:///localhost:1": true, "unix:/run/sluice.sock": true, "10.0.0.1:1": false,
		"pay.example.com:443": false, "127.0.0.1.example.com:1": false, "0.0.0.0:1": false,
		"localhost.example.com:1": false, "[2001:db8::1]:1": false,
		"localhost": true, "[::1]": true, "dns:///[::1]:1": true,
		"localhost:x@evil.example": false, "localhost:1@evil.example": false,
		"localhost@evil.example:1": false, "dns:///localhost@evil.example": false,
		"dns://evil.example/localhost:1": false, "127.0.0.1.evil.example": false,
		"[::1]evil.example": false, "[::1]:x@evil.example": false, "[::1]@evil.example:1": false,
		"localhost,evil.example": false, "localhost:1,evil.example:1": false,
		"ipv4:127.0.0.1:1,10.0.0.1:1": false,
	} {
		if got := isLoopback(endpoint); got != loopback {
			t.Errorf("%s: %v", endpoint, got)
		}
		client, err := New(endpoint, WithAPIKey("key"))
		if (err == nil) != loopback {
			t.Errorf("New(%s): %v", endpoint, err)
		}
		if client != nil {
			_ = client.Close()
		}
	}
}

func TestTheWaitIsRandomAndBounded(t *testing.T) {
	r := Retries{InitialBackoff: 100 * time.Millisecond, MaxBackoff: time.Second}
	for failures, bound := range map[int]time.Duration{
		0: 100 * time.Millisecond, 1: 200 * time.Millisecond, 4: time.Second, 2000: time.Second} {
		least, most := time.Hour, time.Duration(0)
		for range 500 {
			wait := r.wait(failures)
			least, most = min(least, wait), max(most, wait)
		}
		if most > bound || most < bound*9/10 || least > bound/10 {
			t.Errorf("after %d failures from %v to %v", failures, least, most)
		}
	}
	endless := Retries{InitialBackoff: time.Hour, MaxBackoff: math.MaxInt64}
	for _, failures := range []int{30, 100, 2000} {
		if wait := endless.wait(failures); wait < time.Second {
			t.Errorf("after %d failures without a limit: %v", failures, wait)
		}
	}
	if (Retries{}).wait(3) != 0 {
		t.Error("no backoff is no wait")
	}
}

func batch(cursor string, sequences ...int64) *sluicev1.WatchEventsResponse {
	events := &sluicev1.EventBatch{}
	for _, sequence := range sequences {
		events.Events = append(events.Events,
			&sluicev1.Event{Name: "merchants/m/events/1", Sequence: sequence})
	}
	return &sluicev1.WatchEventsResponse{
		Message: &sluicev1.WatchEventsResponse_Batch{Batch: events}, Cursor: cursor}
}

func send(end error, messages ...*sluicev1.WatchEventsResponse,
) func(grpc.ServerStreamingServer[sluicev1.WatchEventsResponse]) error {
	return func(out grpc.ServerStreamingServer[sluicev1.WatchEventsResponse]) error {
		for _, message := range messages {
			if err := out.Send(message); err != nil {
				return err
			}
		}
		if end == io.EOF {
			<-out.Context().Done() // Silent from here on.
			return nil
		}
		return end
	}
}

func from(cursor string) *sluicev1.WatchEventsRequest {
	return &sluicev1.WatchEventsRequest{
		Parent: "merchants/m", Start: &sluicev1.WatchEventsRequest_Cursor{Cursor: cursor}}
}

func TestMerchantsAreToldApart(t *testing.T) {
	var seen position[*sluicev1.Event]
	_, seen.identify = eventsOf(nil)
	var got []string
	for _, name := range []string{"a/7", "b/7", "a/7", "b/8", "b/8", "c/1", "a/8", "a/7", "c/1"} {
		merchant, number, _ := strings.Cut(name, "/")
		sequence, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		event := &sluicev1.Event{Name: "merchants/" + merchant + "/events/1", Sequence: sequence}
		message := delivery[*sluicev1.Event]{values: []*sluicev1.Event{event}, cursor: "c"}
		if len(seen.items(message, "")) > 0 {
			got = append(got, name)
		}
	}
	if want := []string{"a/7", "b/7", "b/8", "c/1", "a/8"}; !slices.Equal(got, want) {
		t.Errorf("given %q, not %q", got, want)
	}
}

func TestAStreamGoesOnFromItsCursor(t *testing.T) {
	s, client := start(t, WithSilence(300*time.Millisecond))
	s.streams = append(s.streams,
		send(status.Error(codes.Unavailable, "restart"), batch("c1", 1)),
		send(nil, batch("c3", 1, 2, 3), batch("c3b", 2, 3)),
		send(status.Error(codes.ResourceExhausted, "busy")),
		send(io.EOF, &sluicev1.WatchEventsResponse{Cursor: "unknown message"}),
		send(io.EOF, batch("c4", 4)))
	watch := client.WatchEvents(context.Background(), from("start"))
	var got []Item[*sluicev1.Event]
	for item, err := range watch.All() {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, item); len(got) == 4 {
			break
		}
	}
	for i, want := range []string{"c1", "c1", "c3", "c4"} {
		if got[i].Value.GetSequence() != int64(i+1) || got[i].Cursor != want {
			t.Errorf("item %d is %v with cursor %s", i, got[i].Value, got[i].Cursor)
		}
	}
	want := []string{"start", "c1", "c3b", "c3b", "unknown message"}
	if len(s.cursors) != len(want) {
		t.Fatalf("opened from %q", s.cursors)
	}
	for i := range want {
		if s.cursors[i] != want[i] {
			t.Errorf("opened from %q", s.cursors)
		}
	}
	if _, err := watch.Next(); err != io.EOF {
		t.Errorf("after the loop: %v", err)
	}
}

func TestOtherErrorsEndAWatch(t *testing.T) {
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		if code == codes.Unavailable || code == codes.ResourceExhausted {
			continue
		}
		s, client := start(t)
		s.streams = append(s.streams, send(status.Error(code, "no")))
		watch := client.WatchEvents(context.Background(), from("start"))
		for range 2 {
			_, err := watch.Next()
			var failure *Error
			if !errors.As(err, &failure) || failure.Code != code {
				t.Errorf("%v: ended with %v", code, err)
			}
		}
		if len(s.cursors) != 1 {
			t.Errorf("%v: opened %d times", code, len(s.cursors))
		}
	}
}

func TestCloseAndCancelEndAWatch(t *testing.T) {
	_, client := start(t)
	ctx, cancel := context.WithCancel(context.Background())
	for _, end := range []func(*Watch[*sluicev1.Event]){
		func(w *Watch[*sluicev1.Event]) { w.Close() }, func(*Watch[*sluicev1.Event]) { cancel() }} {
		watch := client.WatchEvents(ctx, from("start"))
		time.AfterFunc(50*time.Millisecond, func() { end(watch) })
		if _, err := watch.Next(); err != io.EOF {
			t.Errorf("ended with %v", err)
		}
	}
	short, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	_, err := client.WatchEvents(short, from("start")).Next()
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
}

func TestAMessageThatComesAsSilenceEndsTheStreamCounts(t *testing.T) {
	var opened []string
	w := &Watch[*sluicev1.Event]{
		settings: settings{silence: 5 * time.Millisecond}, cursor: "start",
		position: position[*sluicev1.Event]{identify: func(e *sluicev1.Event) (string, int64) {
			return "m", e.GetSequence()
		}},
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.open = func(ctx context.Context, cursor string) (func() (delivery[*sluicev1.Event], error), error) {
		opened = append(opened, cursor)
		number, given := int64(len(opened)), false
		return func() (delivery[*sluicev1.Event], error) {
			<-ctx.Done() // The time is over, and yet there is a message: once, as with gRPC.
			if given {
				return delivery[*sluicev1.Event]{}, status.FromContextError(ctx.Err()).Err()
			}
			given = true
			return delivery[*sluicev1.Event]{cursor: "c" + strconv.FormatInt(number, 10),
				values: []*sluicev1.Event{{Sequence: number}}}, nil
		}, nil
	}
	for want := int64(1); want <= 3; want++ {
		item, err := w.Next()
		if err != nil || item.Value.GetSequence() != want {
			t.Fatalf("item %d: %v, %v", want, item.Value, err)
		}
	}
	if want := []string{"start", "c1", "c2"}; !slices.Equal(opened, want) {
		t.Errorf("opened from %q", opened)
	}
}

func TestAWatchHeedsRetryInfo(t *testing.T) {
	s, client := start(t)
	s.streams = append(s.streams, send(overloaded(300*time.Millisecond)), send(io.EOF, batch("c1", 1)))
	begin := time.Now()
	if _, err := client.WatchEvents(context.Background(), from("start")).Next(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 300*time.Millisecond {
		t.Errorf("opened again after %v", took)
	}
}

func TestAPageLargerThanGRPCsOwnLimitIsTakenIn(t *testing.T) {
	s, client := start(t)
	s.description = strings.Repeat("x", 40<<20)
	order, err := client.Orders.GetOrder(context.Background(), &sluicev1.GetOrderRequest{})
	if err != nil || len(order.GetDescription()) != len(s.description) {
		t.Errorf("%d bytes, %v", len(order.GetDescription()), err)
	}
}

func TestWhatTheServerAddsToAReasonReachesTheCaller(t *testing.T) {
	for _, domain := range []string{errorDomain, "proxy.example"} {
		s, client := start(t)
		refused, err := status.New(codes.OutOfRange, "old").WithDetails(&errdetails.ErrorInfo{
			Reason: "CURSOR_EXPIRED", Domain: domain,
			Metadata: map[string]string{"side_effect": "none", "oldest_cursor": "c7"}})
		if err != nil {
			t.Fatal(err)
		}
		s.plan = []error{refused.Err()}
		s.streams = append(s.streams, send(refused.Err()))
		_, unary := client.Orders.GetOrder(context.Background(), &sluicev1.GetOrderRequest{})
		_, stream := client.WatchEvents(context.Background(), from("start")).Next()
		for _, err := range []error{unary, stream} {
			var failure *Error
			if !errors.As(err, &failure) {
				t.Fatalf("ended with %v", err)
			}
			// What others add is not Sluice's word.
			if domain == errorDomain && failure.Metadata["oldest_cursor"] != "c7" ||
				domain != errorDomain && len(failure.Metadata) != 0 {
				t.Errorf("%s: %v", domain, failure.Metadata)
			}
		}
	}
}

// The longest time is how callers write that there is no limit.
func TestNoLimitIsOneThatIsNeverReached(t *testing.T) {
	s, client := start(t, WithTimeout(math.MaxInt64), WithSilence(math.MaxInt64),
		WithKeepalive(math.MaxInt64))
	s.plan = []error{overloaded(0)}
	s.streams = append(s.streams,
		send(status.Error(codes.Unavailable, "restart"), batch("c1", 1)), send(nil, batch("c2", 2)))
	if _, err := client.Orders.GetOrder(context.Background(), &sluicev1.GetOrderRequest{}); err != nil {
		t.Fatal(err)
	}
	watch := client.WatchEvents(context.Background(), from("start"))
	defer watch.Close()
	for _, want := range []string{"c1", "c2"} {
		if item, err := watch.Next(); err != nil || item.Cursor != want {
			t.Fatalf("%v, %v", item, err)
		}
	}
}
