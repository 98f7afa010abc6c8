"""Amounts as text and back, exactly. No floating-point number is ever involved."""

from __future__ import annotations

import re

from sluice.errors import InvalidArgument
from sluice.v1.money_pb2 import Money

_EXPONENTS = {
    code: exponent
    for exponent, codes in (
        (0, "BIF CLP DJF GNF IDR ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (2, "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP "
            "BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
            "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
            "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO "
            "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE "
            "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES "
            "WST XCD YER ZAR ZMW ZWL"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
    )
    for code in codes.split()
}
_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?", re.ASCII)
_MIN, _MAX = -(2**63), 2**63 - 1


def exponent(currency_code: str) -> int:
    """How many decimals a currency has in Sluice: AED 2, IDR 0, KWD 3."""
    try:
        return _EXPONENTS[currency_code]
    except KeyError:
        raise InvalidArgument(f"currency_code: '{currency_code}' is not known") from None


def parse(text: str, currency_code: str) -> Money:
    """parse("12.34", "AED") is 1234 fils."""
    decimals = exponent(currency_code)
    found = _DECIMAL.fullmatch(text)
    if not found:
        raise InvalidArgument("amount: must be decimal digits such as 12.34")
    sign, whole, fraction = found[1], found[2], found[3] or ""
    if len(fraction) > decimals:
        raise InvalidArgument(f"amount: {currency_code} has {decimals} decimals")
    if len(whole.lstrip("0")) > 19:
        raise InvalidArgument("amount: is too large")
    return _money(int(sign + whole + fraction.ljust(decimals, "0")), currency_code)


def format(money: Money) -> str:  # pylint: disable=redefined-builtin
    """The amount with exactly its currency's decimals: "12.30"."""
    decimals = exponent(money.currency_code)
    sign = "-" if money.minor_units < 0 else ""
    digits = str(abs(money.minor_units)).rjust(decimals + 1, "0")
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


def add(a: Money, b: Money) -> Money:
    """The sum of two amounts of one currency."""
    return _money(a.minor_units + b.minor_units, _common(a, b))


def subtract(a: Money, b: Money) -> Money:
    """The difference of two amounts of one currency."""
    return _money(a.minor_units - b.minor_units, _common(a, b))


def _common(a: Money, b: Money) -> str:
    if a.currency_code != b.currency_code:
        raise InvalidArgument(
            f"currency_code: {a.currency_code} and {b.currency_code} are different")
    return a.currency_code


def _money(minor_units: int, currency_code: str) -> Money:
    if not _MIN <= minor_units <= _MAX:
        raise InvalidArgument("amount: is too large")
    return Money(currency_code=currency_code, minor_units=minor_units)
