package money

import (
	"errors"
	"math"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"sluice.dev/client"
	"sluice.dev/client/sluicev1"
)

func TestAmountsAreReadAndWritten(t *testing.T) {
	for _, test := range []struct {
		text, currency, written string
		minorUnits              int64
	}{
		{"12.34", "AED", "12.34", 1234}, {"12", "AED", "12.00", 1200}, {"0.1", "AED", "0.10", 10},
		{"-0.05", "USD", "-0.05", -5}, {"15000", "IDR", "15000", 15000},
		{"1.234", "KWD", "1.234", 1234}, {"00012.00", "AED", "12.00", 1200},
		{"92233720368547758.07", "AED", "92233720368547758.07", math.MaxInt64},
		{"-92233720368547758.08", "AED", "-92233720368547758.08", math.MinInt64},
	} {
		money, err := Parse(test.text, test.currency)
		if err != nil || money.GetMinorUnits() != test.minorUnits {
			t.Errorf("Parse(%q) = %v, %v", test.text, money, err)
			continue
		}
		if written, err := Format(money); err != nil || written != test.written {
			t.Errorf("Format(%v) = %q, %v", money, written, err)
		}
	}
}

func TestOtherTextIsRefused(t *testing.T) {
	for _, text := range []string{"12.345", "1e3", "1,000", "1_0", " 1", "1\n", "+1", "", ".", "1.",
		".5", "--1", "-", "٣", "nan", "92233720368547758.08", strings.Repeat("9", 5000)} {
		money, err := Parse(text, "AED")
		var failure *sluice.Error
		if !errors.As(err, &failure) || failure.Code != codes.InvalidArgument ||
			failure.SideEffect != sluice.SideEffectNone {
			t.Errorf("Parse(%.20q) = %v, %v", text, money, err)
		}
	}
	for _, currency := range []string{"XXX", "aed", ""} {
		if money, err := Parse("1", currency); err == nil {
			t.Errorf("Parse(1, %q) = %v", currency, money)
		}
	}
}

func TestSumsAreChecked(t *testing.T) {
	amount := func(n int64, currency string) *sluicev1.Money {
		return &sluicev1.Money{CurrencyCode: currency, MinorUnits: n}
	}
	one := amount(1, "AED")
	if sum, err := Add(amount(math.MaxInt64-1, "AED"), one); err != nil ||
		sum.GetMinorUnits() != math.MaxInt64 {
		t.Error(sum, err)
	}
	if difference, err := Subtract(one, amount(2, "AED")); err != nil || difference.GetMinorUnits() != -1 {
		t.Error(difference, err)
	}
	for _, bad := range []func() (*sluicev1.Money, error){
		func() (*sluicev1.Money, error) { return Add(amount(math.MaxInt64, "AED"), one) },
		func() (*sluicev1.Money, error) { return Add(amount(math.MinInt64, "AED"), amount(-1, "AED")) },
		func() (*sluicev1.Money, error) { return Subtract(amount(math.MinInt64, "AED"), one) },
		func() (*sluicev1.Money, error) { return Subtract(amount(0, "AED"), amount(math.MinInt64, "AED")) },
		func() (*sluicev1.Money, error) { return Add(one, amount(1, "USD")) },
	} {
		if result, err := bad(); err == nil {
			t.Error(result)
		}
	}
}
