"""Money, endpoints, waits and types."""

import pathlib
import subprocess
import sys

import pytest
from grpc import StatusCode

import sluice
from sluice import _connection, _policy, money
from sluice.v1.money_pb2 import Money


@pytest.mark.parametrize("text, currency, minor_units", [
    ("12.34", "AED", 1234), ("12", "AED", 1200), ("0.1", "AED", 10), ("-0.05", "USD", -5),
    ("15000", "IDR", 15000), ("1.234", "KWD", 1234), ("00012.00", "AED", 1200),
    ("92233720368547758.07", "AED", 2**63 - 1), ("-92233720368547758.08", "AED", -(2**63)),
])
def test_amounts_are_read_and_written(text, currency, minor_units):
    parsed = money.parse(text, currency)
    assert (parsed.minor_units, parsed.currency_code) == (minor_units, currency)
    assert money.parse(money.format(parsed), currency) == parsed


@pytest.mark.parametrize("text, currency", [
    ("12.345", "AED"), ("1.5", "IDR"), ("1e3", "AED"), ("1,000", "AED"), ("1_0", "AED"),
    (" 1", "AED"), ("1\n", "AED"), ("+1", "AED"), ("", "AED"), (".", "AED"), ("1.", "AED"),
    (".5", "AED"), ("--1", "AED"), ("٣", "AED"), ("1", "XXX"), ("1", "aed"), ("nan", "AED"),
    ("92233720368547758.08", "AED"), ("9" * 5000, "AED"),
])
def test_other_text_is_refused(text, currency):
    with pytest.raises(ValueError) as raised:
        money.parse(text, currency)
    assert raised.value.code is StatusCode.INVALID_ARGUMENT
    assert raised.value.side_effect is sluice.SideEffect.NONE


def test_sums_are_checked():
    one, most = Money(currency_code="AED", minor_units=1), Money(currency_code="AED",
                                                               minor_units=2**63 - 1)
    assert money.subtract(most, one).minor_units == 2**63 - 2
    for bad in (lambda: money.add(most, one),
                lambda: money.add(one, Money(currency_code="USD", minor_units=1))):
        with pytest.raises(sluice.InvalidArgument):
            bad()


@pytest.mark.parametrize("endpoint, loopback", [
    ("127.0.0.1:50051", True), ("127.9.9.9:1", True), ("localhost:1", True), ("[::1]:1", True),
    ("dns:///localhost:1", True), ("ipv4:127.0.0.1:1", True), ("unix:/run/sluice.sock", True),
    ("10.0.0.1:1", False), ("pay.example.com:443", False), ("localhost.example.com:1", False),
    ("127.0.0.1.example.com:1", False), ("dns:///pay.example.com", False), ("[2001:db8::1]:1", False),
    ("0.0.0.0:1", False), ("ipv4:127.0.0.1:1,10.0.0.1:1", False),
])
def test_a_key_over_plaintext_goes_to_loopback_only(endpoint, loopback):
    assert _connection.is_loopback(endpoint) is loopback
    _connection.check(endpoint, None, "")
    _connection.check(endpoint, sluice.Tls(), "key")
    if not loopback:
        with pytest.raises(sluice.InvalidArgument):
            sluice.Client(endpoint, api_key="key")


def test_a_certificate_needs_its_key():
    with pytest.raises(sluice.InvalidArgument):
        sluice.Client("pay.example.com:443", tls=sluice.Tls(certificate=b"x"))


def test_the_wait_is_random_and_bounded():
    retries = _policy.Retries(initial_backoff=0.1, max_backoff=1.0)
    for failures, bound in ((0, 0.1), (1, 0.2), (3, 0.8), (4, 1.0), (2000, 1.0)):
        waits = [retries.wait(failures) for _ in range(500)]
        assert max(waits) <= bound and max(waits) > bound * 0.9 and min(waits) < bound * 0.1


def test_the_bench_holds_the_client_against_the_same_generated_code(tmp_path):
    sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "bench"))
    try:
        import bench
    finally:
        sys.path.pop(0)
    (tmp_path / "bare").mkdir()
    code, environment = bench.bare(str(tmp_path / "bare"))

    def generated(start, environment=None):
        said = subprocess.run(
            [sys.executable, "-c", f"{start}\nimport sys\nprint(*sorted(sys.modules))"],
            capture_output=True, text=True, check=True, env=environment)
        return [name for name in said.stdout.split() if name.startswith("sluice.v1.")]

    assert generated(code, environment) == generated("import sluice")


TYPED = """
import sluice
from sluice.v1 import order_pb2

def state(client: sluice.Client) -> str:
    request = order_pb2.WatchOrderRequest(name="merchants/m/orders/o")
    for item in client.watch_order(request):
        return order_pb2.Order.State.Name(item.value.state)
    return client.orders.GetOrder(order_pb2.GetOrderRequest()).name
"""


@pytest.mark.parametrize("source, fine", [
    (TYPED, True), (TYPED.replace("value.state", "value.stat"), False),
    (TYPED.replace("GetOrderRequest()", "GetOrderRequest(nam='')"), False)])
def test_users_have_types(tmp_path, source, fine):
    assert (pathlib.Path(sluice.__file__).parent / "py.typed").exists()
    (tmp_path / "user.py").write_text(source)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent",
         "--cache-dir=../cache", "user.py"],
        capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (checked.returncode == 0) is fine, checked.stdout
