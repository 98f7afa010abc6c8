import assert from "node:assert/strict";
import { test } from "node:test";

import {
  addMoney,
  currencyExponent,
  formatMoney,
  money,
  parseMoney,
  SluiceError,
  subtractMoney,
} from "@sluice/client";

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

const isRefusal = (error: unknown): boolean =>
  error instanceof SluiceError && error.code === "INVALID_ARGUMENT" && error.sideEffect === "none";

test("amounts are read exactly", () => {
  const cases: [string, string, bigint][] = [
    ["AED", "12.34", 1234n],
    ["AED", "12.3", 1230n],
    ["AED", "12", 1200n],
    ["AED", "0.01", 1n],
    ["AED", "0", 0n],
    ["AED", "-0", 0n],
    ["AED", "-0.05", -5n],
    ["AED", "-12.34", -1234n],
    ["AED", "007.10", 710n],
    ["IDR", "15000", 15000n],
    ["KWD", "1.234", 1234n],
    ["KWD", "1.5", 1500n],
    ["AED", "92233720368547758.07", MAX],
    ["AED", "-92233720368547758.08", MIN],
    ["IDR", String(MAX), MAX],
    ["IDR", "00000000000000000000000000000001", 1n],
    ["AED", "90071992547409.93", 9007199254740993n],
  ];
  for (const [currency, text, minorUnits] of cases) {
    const parsed = parseMoney(currency, text);
    assert.equal(parsed.minorUnits, minorUnits, text);
    assert.equal(parsed.currencyCode, currency);
  }
});

test("everything else is refused", () => {
  const cases: [string, string][] = [
    ["AED", ""],
    ["AED", "-"],
    ["AED", "."],
    ["AED", ".5"],
    ["AED", "5."],
    ["AED", "1e3"],
    ["AED", "1.2.3"],
    ["AED", "+1"],
    ["AED", "--1"],
    ["AED", " 1"],
    ["AED", "1 "],
    ["AED", "1\n"],
    ["AED", "1,000"],
    ["AED", "1_000"],
    ["AED", "0x10"],
    ["AED", "NaN"],
    ["AED", "12.345"],
    ["AED", "12.340"],
    ["IDR", "1.5"],
    ["IDR", "200.000"],
    ["AED", "١٢"],
    ["aed", "1"],
    ["", "1"],
    ["XXX", "1"],
    ["AED", "92233720368547758.08"],
    ["AED", "-92233720368547758.09"],
    ["IDR", "9".repeat(400)],
  ];
  for (const [currency, text] of cases) {
    assert.throws(() => parseMoney(currency, text), isRefusal, `${currency} '${text}'`);
  }
});

test("amounts are written with the currency's decimals, and read back the same", () => {
  const cases: [string, bigint, string][] = [
    ["AED", 1230n, "12.30"],
    ["AED", 1n, "0.01"],
    ["AED", 0n, "0.00"],
    ["AED", -1n, "-0.01"],
    ["AED", -1234n, "-12.34"],
    ["IDR", 15000n, "15000"],
    ["IDR", -1n, "-1"],
    ["KWD", 1n, "0.001"],
    ["AED", MIN, "-92233720368547758.08"],
    ["USD", MAX, "92233720368547758.07"],
  ];
  for (const [currency, minorUnits, text] of cases) {
    assert.equal(formatMoney(money(currency, minorUnits)), text);
    assert.equal(parseMoney(currency, text).minorUnits, minorUnits);
  }
  assert.throws(() => formatMoney(money("XXX", 1n)), isRefusal);
});

test("sums stay in one currency and in range", () => {
  assert.equal(addMoney(money("AED", 1n), money("AED", 2n)).minorUnits, 3n);
  assert.equal(subtractMoney(money("AED", 1n), money("AED", 2n)).minorUnits, -1n);
  assert.throws(() => addMoney(money("AED", 1n), money("USD", 1n)), isRefusal);
  assert.throws(() => subtractMoney(money("AED", 1n), money("USD", 1n)), isRefusal);
  assert.throws(() => addMoney(money("AED", MAX), money("AED", 1n)), isRefusal);
  assert.throws(() => subtractMoney(money("AED", MIN), money("AED", 1n)), isRefusal);
  assert.throws(() => money("AED", MAX + 1n), isRefusal);
});

test("currencies have their exponents", () => {
  assert.deepEqual(["AED", "USD", "IDR", "JPY", "KWD"].map(currencyExponent), [2, 2, 0, 0, 3]);
});
