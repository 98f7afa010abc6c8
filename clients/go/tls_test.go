package sluice

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"sluice.dev/client/sluicev1"
)

// authority signs certificates for an hour.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// sign makes a key and a certificate of it; without a signer the key signs its own.
func sign(t *testing.T, template *x509.Certificate, signer *authority) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore = time.Now().Add(-time.Minute)
	template.NotAfter = time.Now().Add(time.Hour)
	parent, by := template, key
	if signer != nil {
		parent, by = signer.certificate, signer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	made := sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	return &authority{certificate: made.Leaf, key: made.PrivateKey.(*ecdsa.PrivateKey)}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

func (a *authority) server(t *testing.T, address net.IP) tls.Certificate {
	return sign(t, &x509.Certificate{IPAddresses: []net.IP{address},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, a)
}

func (a *authority) client(t *testing.T) tls.Certificate {
	return sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: "client"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, a)
}

// ask calls a server that speaks TLS, and gives the code and how often the server was reached.
func ask(t *testing.T, serving, calling *tls.Config) (codes.Code, int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, server := &script{}, grpc.NewServer(grpc.Creds(credentials.NewTLS(serving)))
	sluicev1.RegisterOrderServiceServer(server, s)
	go func() { _ = server.Serve(listener) }()
	defer server.Stop()
	client, err := New(listener.Addr().String(), WithTLS(calling), WithAPIKey("secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	_, err = client.Orders.CreateOrder(context.Background(), &sluicev1.CreateOrderRequest{})
	if err == nil && s.metadata.Get("authorization")[0] != "Bearer secret" {
		t.Errorf("sent %q", s.metadata.Get("authorization"))
	}
	return status.Code(err), len(s.ids)
}

func TestTLSTrustsWhomItIsTold(t *testing.T) {
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	here := ours.server(t, net.IPv4(127, 0, 0, 1))
	elsewhere := ours.server(t, net.IPv4(10, 0, 0, 1))
	for _, test := range []struct {
		name    string
		serving tls.Certificate
		trusted *x509.CertPool
		reached bool
	}{
		{"our authority", here, ours.pool(), true},
		{"another authority", here, theirs.pool(), false},
		{"the system's authorities", here, nil, false},
		{"another server", elsewhere, ours.pool(), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, sent := ask(t, &tls.Config{Certificates: []tls.Certificate{test.serving}},
				&tls.Config{RootCAs: test.trusted})
			if test.reached && (code != codes.OK || sent != 1) {
				t.Errorf("ended with %v", code)
			}
			if !test.reached && (code != codes.Unavailable || sent != 0) {
				t.Errorf("reached the server %d times, %v", sent, code)
			}
		})
	}
}

func TestTLSShowsTheClientsCertificate(t *testing.T) {
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	serving := &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.pool(),
		Certificates: []tls.Certificate{ours.server(t, net.IPv4(127, 0, 0, 1))}}
	for name, test := range map[string]struct {
		shown []tls.Certificate
		want  codes.Code
	}{
		"ours":   {[]tls.Certificate{ours.client(t)}, codes.OK},
		"theirs": {[]tls.Certificate{theirs.client(t)}, codes.Unavailable},
		"none":   {nil, codes.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			code, sent := ask(t, serving,
				&tls.Config{RootCAs: ours.pool(), Certificates: test.shown})
			if code != test.want || (sent == 1) != (code == codes.OK) {
				t.Errorf("reached the server %d times, %v", sent, code)
			}
		})
	}
}
