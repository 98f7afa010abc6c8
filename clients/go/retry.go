package sluice

import (
	"context"
	"crypto/rand"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// wait is full jitter: anything between nothing and the bound.
func (r Retries) wait(failures int) time.Duration {
	bound := r.InitialBackoff
	for ; failures > 0 && 0 < bound && bound < r.MaxBackoff; failures-- {
		bound = plus(bound, bound)
	}
	if bound = min(bound, r.MaxBackoff); bound <= 0 {
		return 0
	}
	return mathrand.N(plus(bound, 1))
}

// plus is the sum of two times, or the longest one there is.
func plus(a, b time.Duration) time.Duration {
	if b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}

// unary is every call: a deadline, a request id, and sends as long as nothing has happened.
func (s *settings) unary(ctx context.Context, method string, request, reply any,
	conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.timeout)
		defer cancel()
	}
	ctx = s.authorize(ctx)
	request, requestID := withRequestID(request)
	for sends := 1; ; sends++ {
		err := invoke(ctx, method, request, reply, conn, options...)
		if err == nil {
			return nil
		}
		failure := asError(err, requestID)
		if sends >= s.retries.MaxAttempts || !nothingHappened(method, failure) {
			return failure
		}
		pause := plus(s.retries.wait(sends-1), failure.RetryAfter)
		if deadline, _ := ctx.Deadline(); time.Until(deadline) <= pause {
			return failure
		}
		if err := sleep(ctx, pause); err != nil {
			return asError(err, requestID)
		}
	}
}

func (s *settings) stream(ctx context.Context, description *grpc.StreamDesc, conn *grpc.ClientConn,
	method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	return open(s.authorize(ctx), description, conn, method, options...)
}

func (s *settings) authorize(ctx context.Context) context.Context {
	if s.apiKey == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+s.apiKey)
}

// withRequestID gives the request, or a copy with a new id where one is needed and missing.
func withRequestID(request any) (any, string) {
	identified, hasID := request.(interface {
		proto.Message
		GetRequestId() string
	})
	if !hasID {
		return request, ""
	}
	if id := identified.GetRequestId(); id != "" {
		return request, id
	}
	copied, id := proto.Clone(identified), newUUID()
	reflected := copied.ProtoReflect()
	field := reflected.Descriptor().Fields().ByName("request_id")
	reflected.Set(field, protoreflect.ValueOfString(id))
	return copied, id
}

func newUUID() string {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		panic(err) // Never: the system has no randomness.
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

func nothingHappened(method string, e *Error) bool {
	if e.SideEffect == SideEffectNone {
		return e.Code == codes.Unavailable || e.Code == codes.ResourceExhausted
	}
	// A read may be repeated when the connection broke; what the server itself says stands.
	name := method[strings.LastIndexByte(method, '/')+1:]
	reads := strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List")
	return reads && e.Code == codes.Unavailable && e.Reason == ""
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
