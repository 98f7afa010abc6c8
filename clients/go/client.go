// Package sluice is the client of Sluice, the gRPC payment service: the generated stubs of package
// sluicev1 with calls that cannot double-charge and streams that cannot lose an event.
//
//	client, err := sluice.New("127.0.0.1:50051")
//	order, err := client.Orders.CreateOrder(ctx, &sluicev1.CreateOrderRequest{...})
//	for item, err := range client.WatchOrder(ctx, &sluicev1.WatchOrderRequest{Name: order.Name}).All() {
//		...
//	}
package sluice

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"sluice.dev/client/sluicev1"
)

// Version of this module.
const Version = "0.1.0"

const (
	defaultTimeout = 10 * time.Second
	// Three heartbeats of a server as it comes.
	defaultSilence = 45 * time.Second
	// Beyond the largest page: a thousand orders with all that they may hold.
	maxMessageBytes  = 64 << 20
	defaultKeepalive = 20 * time.Second
)

// Retries says how often a call is sent at most, and bounds the random wait between two sends: it
// lies between nothing and InitialBackoff, which doubles with each send up to MaxBackoff.
type Retries struct {
	MaxAttempts    int
	InitialBackoff time.Duration
	MaxBackoff     time.Duration
}

// DefaultRetries is what a client does unless WithRetries says otherwise.
var DefaultRetries = Retries{
	MaxAttempts: 4, InitialBackoff: 100 * time.Millisecond, MaxBackoff: 5 * time.Second,
}

// Client is a connection to Sluice. It may be used by any number of goroutines.
//
// The services are the generated stubs. Their calls end with an *Error when they do not succeed.
type Client struct {
	Orders        sluicev1.OrderServiceClient
	Refunds       sluicev1.RefundServiceClient
	Payouts       sluicev1.PayoutServiceClient
	AccountLinks  sluicev1.AccountLinkServiceClient
	Events        sluicev1.EventServiceClient
	Notifications sluicev1.NotificationServiceClient
	Providers     sluicev1.ProviderServiceClient
	// For operators: outcomes that no provider tells.
	Reconciliation sluicev1.ReconciliationServiceClient

	conn     *grpc.ClientConn
	settings settings
}

type settings struct {
	tls     *tls.Config
	apiKey  string
	timeout time.Duration
	retries Retries
	silence time.Duration
	// After how long a connection that says nothing is asked whether it lives.
	keepalive time.Duration
	dial      []grpc.DialOption
}

// Option changes what New makes.
type Option func(*settings)

// WithTLS speaks TLS. An empty Config trusts the system's authorities; Certificates has the
// client's own for servers that ask for one.
func WithTLS(config *tls.Config) Option { return func(s *settings) { s.tls = config } }

// WithAPIKey sends the key as `authorization: Bearer`. Over plaintext it is refused unless the
// endpoint is loopback.
func WithAPIKey(key string) Option { return func(s *settings) { s.apiKey = key } }

// WithTimeout bounds each call, all its sends together, whose context has no deadline. Default 10 s.
func WithTimeout(timeout time.Duration) Option { return func(s *settings) { s.timeout = timeout } }

// WithRetries replaces DefaultRetries.
func WithRetries(retries Retries) Option { return func(s *settings) { s.retries = retries } }

// WithSilence sets after how long without any message a stream is taken for dead. Default 45 s.
func WithSilence(silence time.Duration) Option { return func(s *settings) { s.silence = silence } }

// WithKeepalive sets after how long without a byte the connection is asked by a ping whether it
// lives; it is given up when no answer comes within half of that. Default 20 s, and 10 s at least: a
// server takes more for an attack.
func WithKeepalive(keepalive time.Duration) Option {
	return func(s *settings) { s.keepalive = keepalive }
}

// WithDialOptions adds options of gRPC, for example a stats handler.
func WithDialOptions(options ...grpc.DialOption) Option {
	return func(s *settings) { s.dial = append(s.dial, options...) }
}

// New makes a client of the server at an endpoint ("host:port", or what else gRPC takes). It
// connects with the first call.
func New(endpoint string, options ...Option) (*Client, error) {
	s := settings{timeout: defaultTimeout, retries: DefaultRetries, silence: defaultSilence,
		keepalive: defaultKeepalive}
	for _, option := range options {
		option(&s)
	}
	if endpoint == "" {
		return nil, InvalidArgument("endpoint: must not be empty")
	}
	if s.apiKey != "" && s.tls == nil && !isLoopback(endpoint) {
		return nil, InvalidArgument("api key: is sent over plaintext to loopback only; use TLS")
	}
	transport := insecure.NewCredentials()
	if s.tls != nil {
		transport = credentials.NewTLS(s.tls)
	}
	conn, err := grpc.NewClient(endpoint, append([]grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		// What is sent again is decided here, by the error's details, never by a code alone.
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2,
				MaxDelay: 5 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		// Also while nothing is called, so that the next call does not find out by its deadline.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: s.keepalive, Timeout: s.keepalive / 2, PermitWithoutStream: true,
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)),
		grpc.WithUserAgent("sluice-go/" + Version),
		grpc.WithChainUnaryInterceptor(s.unary),
		grpc.WithChainStreamInterceptor(s.stream),
	}, s.dial...)...)
	if err != nil {
		return nil, InvalidArgument("endpoint: " + err.Error())
	}
	return &Client{
		Orders:         sluicev1.NewOrderServiceClient(conn),
		Refunds:        sluicev1.NewRefundServiceClient(conn),
		Payouts:        sluicev1.NewPayoutServiceClient(conn),
		AccountLinks:   sluicev1.NewAccountLinkServiceClient(conn),
		Events:         sluicev1.NewEventServiceClient(conn),
		Notifications:  sluicev1.NewNotificationServiceClient(conn),
		Providers:      sluicev1.NewProviderServiceClient(conn),
		Reconciliation: sluicev1.NewReconciliationServiceClient(conn),
		conn:           conn,
		settings:       s,
	}, nil
}

// Close ends every call and watch.
func (c *Client) Close() error { return c.conn.Close() }

// WatchEvents follows the log from the request's start on. A watch from now that breaks before its
// first cursor has come begins from now again.
func (c *Client) WatchEvents(
	ctx context.Context, request *sluicev1.WatchEventsRequest,
) *Watch[*sluicev1.Event] {
	return newWatch(ctx, c.settings, request, eventsOf, c.Events.WatchEvents)
}

// WatchOrder follows an order: as it is, then after each change.
func (c *Client) WatchOrder(
	ctx context.Context, request *sluicev1.WatchOrderRequest,
) *Watch[*sluicev1.Order] {
	return newWatch(ctx, c.settings, request, orderOf, c.Orders.WatchOrder)
}

// WatchPayout follows a payout: as it is, then after each change.
func (c *Client) WatchPayout(
	ctx context.Context, request *sluicev1.WatchPayoutRequest,
) *Watch[*sluicev1.Payout] {
	return newWatch(ctx, c.settings, request, payoutOf, c.Payouts.WatchPayout)
}

// WatchAccountLink follows an account link: as it is, then after each change.
func (c *Client) WatchAccountLink(
	ctx context.Context, request *sluicev1.WatchAccountLinkRequest,
) *Watch[*sluicev1.AccountLink] {
	return newWatch(ctx, c.settings, request, accountLinkOf, c.AccountLinks.WatchAccountLink)
}

// isLoopback tells whether the bytes stay on this machine.
func isLoopback(endpoint string) bool {
	if strings.HasPrefix(endpoint, "unix:") || strings.HasPrefix(endpoint, "unix-abstract:") {
		return true
	}
	for _, scheme := range []string{"dns:///", "passthrough:///", "dns:"} {
		if rest, found := strings.CutPrefix(endpoint, scheme); found {
			endpoint = rest
			break
		}
	}
	host, port, err := net.SplitHostPort(endpoint)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(endpoint, "["), "]")
	} else if _, err = strconv.ParseUint(port, 10, 16); err != nil {
		return false // What is no port may name another host.
	}
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
