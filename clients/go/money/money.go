// Package money reads, writes, adds and subtracts amounts exactly: on integers only.
package money

import (
	"math"
	"strconv"
	"strings"

	"sluice.dev/client"
	"sluice.dev/client/sluicev1"
)

// Sluice's currencies by their number of decimals.
var currencies = [...]string{
	0: "BIF CLP DJF GNF IDR ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN " +
		"BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL " +
		"GHS GIP GMD GTQ GYD HKD HNL HTG HUF ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP " +
		"LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK " +
		"NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS " +
		"SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST " +
		"XCD YER ZAR ZMW ZWL",
	3: "BHD IQD JOD KWD LYD OMR TND",
}

var exponents = func() map[string]int {
	table := map[string]int{}
	for exponent, codes := range currencies {
		for _, code := range strings.Fields(codes) {
			table[code] = exponent
		}
	}
	return table
}()

// Exponent is how many decimals a currency has in Sluice: AED 2, IDR 0, KWD 3.
func Exponent(currencyCode string) (int, error) {
	exponent, known := exponents[currencyCode]
	if !known {
		return 0, sluice.InvalidArgument("currency_code: '" + currencyCode + "' is not known")
	}
	return exponent, nil
}

// Parse reads decimal text: Parse("12.34", "AED") is 1234 fils.
func Parse(text, currencyCode string) (*sluicev1.Money, error) {
	exponent, err := Exponent(currencyCode)
	if err != nil {
		return nil, err
	}
	sign, digits := "", text
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, digits = "-", rest
	}
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	if !isDigits(whole) || hasPoint && !isDigits(fraction) {
		return nil, sluice.InvalidArgument("amount: must be decimal digits such as 12.34")
	}
	if len(fraction) > exponent {
		return nil, sluice.InvalidArgument(
			"amount: " + currencyCode + " has " + strconv.Itoa(exponent) + " decimals")
	}
	fraction += strings.Repeat("0", exponent-len(fraction))
	minorUnits, err := strconv.ParseInt(sign+whole+fraction, 10, 64)
	if err != nil {
		return nil, sluice.InvalidArgument("amount: is too large")
	}
	return &sluicev1.Money{CurrencyCode: currencyCode, MinorUnits: minorUnits}, nil
}

// Format writes an amount with exactly its currency's decimals: "12.30".
func Format(money *sluicev1.Money) (string, error) {
	exponent, err := Exponent(money.GetCurrencyCode())
	if err != nil {
		return "", err
	}
	digits := strconv.FormatInt(money.GetMinorUnits(), 10)
	sign := ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "-", rest
	}
	if exponent == 0 {
		return sign + digits, nil
	}
	if missing := exponent + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - exponent
	return sign + digits[:point] + "." + digits[point:], nil
}

// Add gives the sum of two amounts of one currency.
func Add(a, b *sluicev1.Money) (*sluicev1.Money, error) {
	x, y := a.GetMinorUnits(), b.GetMinorUnits()
	if y > 0 && x > math.MaxInt64-y || y < 0 && x < math.MinInt64-y {
		return nil, sluice.InvalidArgument("amount: is too large")
	}
	return combine(a, b, x+y)
}

// Subtract gives the difference of two amounts of one currency.
func Subtract(a, b *sluicev1.Money) (*sluicev1.Money, error) {
	x, y := a.GetMinorUnits(), b.GetMinorUnits()
	if y < 0 && x > math.MaxInt64+y || y > 0 && x < math.MinInt64+y {
		return nil, sluice.InvalidArgument("amount: is too large")
	}
	return combine(a, b, x-y)
}

func combine(a, b *sluicev1.Money, minorUnits int64) (*sluicev1.Money, error) {
	if a.GetCurrencyCode() != b.GetCurrencyCode() {
		return nil, sluice.InvalidArgument(
			"currency_code: " + a.GetCurrencyCode() + " and " + b.GetCurrencyCode() + " are different")
	}
	return &sluicev1.Money{CurrencyCode: a.GetCurrencyCode(), MinorUnits: minorUnits}, nil
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
