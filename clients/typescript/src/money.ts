// Money without floating-point numbers: `bigint` minor units, and text.
import { create } from "@bufbuild/protobuf";

import { refused } from "./errors.js";
import { MoneySchema, type Money } from "./gen/sluice/v1/money_pb.js";

// ISO 4217, by the number of decimals. IDR is the one exception: the standard has two, wallets take
// whole rupiah. Certification holds this table against the server's.
const CURRENCIES: readonly (readonly [number, string])[] = [
  [0, "BIF CLP DJF GNF IDR ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"],
  [
    2,
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD " +
      "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP " +
      "GMD GTQ GYD HKD HNL HTG HUF ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL " +
      "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN " +
      "PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP " +
      "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWL",
  ],
  [3, "BHD IQD JOD KWD LYD OMR TND"],
];

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  CURRENCIES.flatMap(([exponent, codes]) =>
    codes.split(" ").map((code): [string, number] => [code, exponent]),
  ),
);

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** How many decimals the currency has: AED 2, IDR 0, KWD 3. */
export function currencyExponent(currencyCode: string): number {
  const exponent = EXPONENTS.get(currencyCode);
  if (exponent === undefined) {
    throw refused("the currency must be a known ISO 4217 code in upper case");
  }
  return exponent;
}

/** Reads "12.34" exactly, or throws. Takes digits, one point and a leading minus, nothing else. */
export function parseMoney(currencyCode: string, text: string): Money {
  const exponent = currencyExponent(currencyCode);
  const parts = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  if (!parts) throw refused("an amount must be decimal digits such as 12.34");
  const [, sign = "", whole = "", fraction = ""] = parts;
  if (fraction.length > exponent) {
    throw refused(`an amount in ${currencyCode} has at most ${exponent} decimals`);
  }
  return inRange(currencyCode, BigInt(sign + whole + fraction.padEnd(exponent, "0")));
}

/** Writes exactly the currency's decimals: "12.30", "15000". */
export function formatMoney(money: Pick<Money, "currencyCode" | "minorUnits">): string {
  const exponent = currencyExponent(money.currencyCode);
  const sign = money.minorUnits < 0n ? "-" : "";
  const digits = money.minorUnits
    .toString()
    .replace("-", "")
    .padStart(exponent + 1, "0");
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** The sum of two amounts of one currency. Throws on overflow. */
export function addMoney(a: Money, b: Money): Money {
  return inRange(sameCurrency(a, b), a.minorUnits + b.minorUnits);
}

/** `a` less `b`, of one currency. Throws on overflow. */
export function subtractMoney(a: Money, b: Money): Money {
  return inRange(sameCurrency(a, b), a.minorUnits - b.minorUnits);
}

/** An amount in minor units: money("AED", 1234n) is 12.34 AED. */
export function money(currencyCode: string, minorUnits: bigint): Money {
  return inRange(currencyCode, minorUnits);
}

function sameCurrency(a: Money, b: Money): string {
  if (a.currencyCode !== b.currencyCode) {
    throw refused(`${a.currencyCode} and ${b.currencyCode} cannot be reckoned together`);
  }
  return a.currencyCode;
}

function inRange(currencyCode: string, minorUnits: bigint): Money {
  if (minorUnits < MIN || minorUnits > MAX) throw refused("an amount is too large");
  return create(MoneySchema, { currencyCode, minorUnits });
}
