// The certification driver: see clients/certification/README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	sluice "sluice.dev/client"
	"sluice.dev/client/money"
	"sluice.dev/client/sluicev1"
)

type command struct {
	Op               string          `json:"op"`
	Endpoint         string          `json:"endpoint"`
	APIKey           string          `json:"api_key"`
	DeadlineMS       *int64          `json:"deadline_ms"`
	MaxAttempts      *int            `json:"max_attempts"`
	InitialBackoffMS *int64          `json:"initial_backoff_ms"`
	MaxBackoffMS     *int64          `json:"max_backoff_ms"`
	SilenceMS        *int64          `json:"silence_ms"`
	KeepaliveMS      *int64          `json:"keepalive_ms"`
	CancelAfterMS    *int64          `json:"cancel_after_ms"`
	Method           string          `json:"method"`
	Request          json.RawMessage `json:"request"`
	Watch            string          `json:"watch"`
	Kind             string          `json:"kind"`
	TimeoutMS        int64           `json:"timeout_ms"`
	Do               string          `json:"do"`
	Currency         string          `json:"currency"`
	Text             string          `json:"text"`
	MinorUnits       string          `json:"minorUnits"`
	OtherCurrency    string          `json:"otherCurrency"`
	OtherMinorUnits  string          `json:"otherMinorUnits"`
}

type driver struct {
	client  *sluice.Client
	watches map[string]*watching
}

func main() {
	d := &driver{watches: map[string]*watching{}}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var c command
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			panic(err)
		}
		ok, err := d.run(c)
		answer := map[string]any{"ok": ok}
		if err != nil {
			answer = map[string]any{"error": shown(err)}
		}
		if err := out.Encode(answer); err != nil {
			panic(err)
		}
	}
}

func (d *driver) run(c command) (any, error) {
	switch c.Op {
	case "open":
		return struct{}{}, d.open(c)
	case "call":
		return d.call(c)
	case "watch":
		return struct{}{}, d.watch(c)
	case "next":
		return d.watches[c.Watch].take(millis(c.TimeoutMS))
	case "cursor":
		return map[string]string{"cursor": d.watches[c.Watch].cursor()}, nil
	case "stop":
		d.watches[c.Watch].stop()
		return struct{}{}, nil
	case "money":
		return arithmetic(c)
	case "close":
		d.close()
		return struct{}{}, nil
	}
	return nil, &sluice.Error{Code: codes.Unimplemented, Message: c.Op}
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func (d *driver) open(c command) (err error) {
	d.close()
	retries := sluice.DefaultRetries
	var options []sluice.Option
	if c.MaxAttempts != nil {
		retries.MaxAttempts = *c.MaxAttempts
	}
	if c.InitialBackoffMS != nil {
		retries.InitialBackoff = millis(*c.InitialBackoffMS)
	}
	if c.MaxBackoffMS != nil {
		retries.MaxBackoff = millis(*c.MaxBackoffMS)
	}
	if c.DeadlineMS != nil {
		options = append(options, sluice.WithTimeout(millis(*c.DeadlineMS)))
	}
	if c.SilenceMS != nil {
		options = append(options, sluice.WithSilence(millis(*c.SilenceMS)))
	}
	if c.KeepaliveMS != nil {
		options = append(options, sluice.WithKeepalive(millis(*c.KeepaliveMS)))
	}
	options = append(options, sluice.WithRetries(retries), sluice.WithAPIKey(c.APIKey))
	d.client, err = sluice.New(c.Endpoint, options...)
	return err
}

func (d *driver) close() {
	for _, watch := range d.watches {
		watch.stop()
	}
	clear(d.watches)
	if d.client != nil {
		_ = d.client.Close()
		d.client = nil
	}
}

// call finds the stub's method by its name.
func (d *driver) call(c command) (any, error) {
	service, name, _ := strings.Cut(c.Method, "/")
	stub := map[string]any{
		"OrderService": d.client.Orders, "RefundService": d.client.Refunds,
		"PayoutService": d.client.Payouts, "AccountLinkService": d.client.AccountLinks,
		"EventService": d.client.Events, "NotificationService": d.client.Notifications,
		"ProviderService": d.client.Providers, "ReconciliationService": d.client.Reconciliation,
	}[service]
	method := reflect.ValueOf(stub).MethodByName(name)
	request := reflect.New(method.Type().In(1).Elem())
	if err := protojson.Unmarshal(c.Request, request.Interface().(proto.Message)); err != nil {
		return nil, sluice.InvalidArgument(err.Error())
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if c.DeadlineMS != nil {
		ctx, cancel = context.WithTimeout(ctx, millis(*c.DeadlineMS))
		defer cancel()
	}
	if c.CancelAfterMS != nil {
		defer time.AfterFunc(millis(*c.CancelAfterMS), cancel).Stop()
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), request})
	if err, failed := results[1].Interface().(error); failed {
		return nil, err
	}
	return raw(results[0].Interface().(proto.Message))
}

func raw(message proto.Message) (any, error) {
	data, err := protojson.Marshal(message)
	return json.RawMessage(data), err
}

func (d *driver) watch(c command) error {
	ctx := context.Background()
	parse := func(request proto.Message) error { return protojson.Unmarshal(c.Request, request) }
	var made *watching
	var err error
	switch c.Kind {
	case "events":
		request := &sluicev1.WatchEventsRequest{}
		err = parse(request)
		made = watched("event", d.client.WatchEvents(ctx, request))
	case "order":
		request := &sluicev1.WatchOrderRequest{}
		err = parse(request)
		made = watched("order", d.client.WatchOrder(ctx, request))
	case "payout":
		request := &sluicev1.WatchPayoutRequest{}
		err = parse(request)
		made = watched("payout", d.client.WatchPayout(ctx, request))
	case "account_link":
		request := &sluicev1.WatchAccountLinkRequest{}
		err = parse(request)
		made = watched("accountLink", d.client.WatchAccountLink(ctx, request))
	}
	d.watches[c.Watch] = made
	return err
}

func arithmetic(c command) (any, error) {
	if c.Do == "parse" {
		parsed, err := money.Parse(c.Text, c.Currency)
		return minorUnits(parsed), err
	}
	a := &sluicev1.Money{CurrencyCode: c.Currency, MinorUnits: integer(c.MinorUnits)}
	b := &sluicev1.Money{CurrencyCode: c.OtherCurrency, MinorUnits: integer(c.OtherMinorUnits)}
	switch c.Do {
	case "format":
		text, err := money.Format(a)
		return map[string]string{"text": text}, err
	case "add":
		sum, err := money.Add(a, b)
		return minorUnits(sum), err
	}
	difference, err := money.Subtract(a, b)
	return minorUnits(difference), err
}

func integer(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

func minorUnits(m *sluicev1.Money) any {
	return map[string]string{"minorUnits": strconv.FormatInt(m.GetMinorUnits(), 10)}
}

// The names of codes as gRPC's own documents write them.
var codeNames = [...]string{"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED",
	"NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
	"ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
	"UNAUTHENTICATED"}

func shown(err error) any {
	var e *sluice.Error
	if !errors.As(err, &e) {
		return map[string]any{"code": "NOT_A_SLUICE_ERROR", "message": err.Error()}
	}
	fields := []map[string]string{}
	for _, violation := range e.FieldViolations {
		fields = append(fields,
			map[string]string{"field": violation.Field, "description": violation.Description})
	}
	metadata := e.Metadata
	if metadata == nil {
		metadata = map[string]string{}
	}
	out := map[string]any{"code": codeNames[e.Code], "reason": e.Reason, "message": e.Message,
		"sideEffect": e.SideEffect, "fields": fields, "metadata": metadata}
	if e.RetryAfter > 0 {
		out["retryAfterMs"] = e.RetryAfter.Milliseconds()
	}
	if e.RequestID != "" {
		out["requestId"] = e.RequestID
	}
	return out
}
