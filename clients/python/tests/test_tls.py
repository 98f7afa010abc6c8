"""TLS as it is spoken: a server with a certificate of an authority made here, and who is refused."""

import asyncio
import subprocess
from concurrent import futures

import grpc
import pytest
from grpc import StatusCode
from test_watch import batch, events

import sluice
from sluice import aio
from sluice.v1 import event_pb2_grpc, order_pb2, order_pb2_grpc

KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
CREATE = order_pb2.CreateOrderRequest(parent="merchants/m", order_id="o")


class Authority:
    """Makes certificates, in a folder."""

    def __init__(self, folder, name):
        self._folder = folder
        self._name = name
        self._openssl(f"req -x509 {KEY} -days 1 -subj /CN={name} -keyout {name}.key -out {name}.pem")
        self.pem = (folder / f"{name}.pem").read_bytes()

    def sign(self, name, alternative_name):
        """(certificate, private key), PEM."""
        self._openssl(f"req {KEY} -subj /CN={name} -keyout {name}.key -out {name}.csr")
        (self._folder / f"{name}.ext").write_text(f"subjectAltName={alternative_name}\n")
        self._openssl(f"x509 -req -in {name}.csr -CA {self._name}.pem -CAkey {self._name}.key "
                      f"-CAcreateserial -days 1 -extfile {name}.ext -out {name}.pem")
        return tuple((self._folder / f"{name}.{kind}").read_bytes() for kind in ("pem", "key"))

    def _openssl(self, arguments):
        subprocess.run(["openssl", *arguments.split()], cwd=self._folder, check=True,
                       capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "theirs")


@pytest.fixture
def serve(script):
    """Starts a server with a certificate; one that asks for its clients' when given authorities."""
    servers = []

    def start(certificate, clients=None):
        server = grpc.server(futures.ThreadPoolExecutor(4))
        order_pb2_grpc.add_OrderServiceServicer_to_server(script, server)
        event_pb2_grpc.add_EventServiceServicer_to_server(script, server)
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(
            [certificate[::-1]], root_certificates=clients, require_client_auth=clients is not None))
        server.start()
        servers.append(server)
        return f"127.0.0.1:{port}"

    yield start
    for server in servers:
        server.stop(None)


def refused(endpoint, tls):
    with sluice.Client(endpoint, tls=tls, api_key="secret", timeout=5) as client:
        with pytest.raises(sluice.Error) as raised:
            client.orders.CreateOrder(CREATE)
    return raised.value.code is StatusCode.UNAVAILABLE


def test_calls_and_streams_go_over_tls_with_the_key(script, serve, authority):
    endpoint = serve(authority.sign("server", "IP:127.0.0.1"))
    with sluice.Client(endpoint, tls=sluice.Tls(roots=authority.pem), api_key="secret") as client:
        assert client.orders.CreateOrder(CREATE).name == "merchants/m/orders/o"
        assert script.metadata[0]["authorization"] == "Bearer secret"
        script.plan = [(batch("c1", 1),)]
        with client.watch_events(events("start")) as watch:
            assert next(watch).value.sequence == 1


def test_asyncio_speaks_tls_too(script, serve, authority, stranger):
    certificate = authority.sign("client", "DNS:shop.example")
    endpoint = serve(authority.sign("server", "IP:127.0.0.1"), clients=authority.pem)

    async def create(tls):
        async with aio.Client(endpoint, tls=tls, api_key="secret", timeout=5) as client:
            return (await client.orders.CreateOrder(CREATE)).name

    tls = sluice.Tls(authority.pem, *certificate)
    assert asyncio.run(create(tls)) == "merchants/m/orders/o"
    assert script.metadata[0]["authorization"] == "Bearer secret"
    for wrong in (sluice.Tls(stranger.pem, *certificate), sluice.Tls(authority.pem)):
        with pytest.raises(sluice.Error) as raised:
            asyncio.run(create(wrong))
        assert raised.value.code is StatusCode.UNAVAILABLE
    assert len(script.requests) == 1


def test_a_server_of_another_authority_is_refused(script, serve, authority, stranger):
    endpoint = serve(authority.sign("server", "IP:127.0.0.1"))
    assert refused(endpoint, sluice.Tls(roots=stranger.pem))
    assert refused(endpoint, sluice.Tls()), "the system does not know ours"
    assert script.requests == []


def test_a_server_of_another_name_is_refused(script, serve, authority):
    endpoint = serve(authority.sign("server", "DNS:pay.example.com"))
    assert refused(endpoint, sluice.Tls(roots=authority.pem))
    assert script.requests == []


def test_plaintext_does_not_speak_to_a_server_with_tls(script, serve, authority):
    assert refused(serve(authority.sign("server", "IP:127.0.0.1")), None)
    assert script.requests == []


def test_a_client_shows_its_certificate(script, serve, authority, stranger):
    endpoint = serve(authority.sign("server", "IP:127.0.0.1"), clients=authority.pem)
    tls = sluice.Tls(authority.pem, *authority.sign("client", "DNS:shop.example"))
    with sluice.Client(endpoint, tls=tls) as client:
        assert client.orders.CreateOrder(CREATE).name == "merchants/m/orders/o"
    assert refused(endpoint, sluice.Tls(authority.pem)), "none"
    assert refused(endpoint, sluice.Tls(authority.pem, *stranger.sign("c", "DNS:shop.example")))
    assert len(script.requests) == 1
