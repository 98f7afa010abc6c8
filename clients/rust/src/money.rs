//! Money as text and back, in integers only.

use crate::v1::Money;
use crate::Error;

/// Decimals, and the codes that have so many. The server's table is the judge: certification holds
/// this one against it.
const CURRENCIES: [(usize, &str); 3] = [
    (0, "BIF CLP DJF GNF IDR ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN \
         BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS \
         GIP GMD GTQ GYD HKD HNL HTG HUF ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD \
         LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB \
         PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC \
         SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWL",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
];

/// Decimals of a currency in Sluice: ISO 4217, but IDR, which has none here.
pub fn exponent(currency_code: &str) -> Result<usize, Error> {
    CURRENCIES
        .iter()
        .find(|(_, codes)| codes.split(' ').any(|code| code == currency_code))
        .map(|(decimals, _)| *decimals)
        .ok_or_else(|| {
            Error::refused_here("the currency is not an ISO 4217 code that Sluice knows")
        })
}

/// `"12.34"` of AED is 1234 fils. Refuses an unknown currency, an empty text, blanks, separators of
/// thousands, `+`, exponents, more decimals than the currency has, and what does not fit in 64 bits.
pub fn parse(currency_code: &str, text: &str) -> Result<Money, Error> {
    let exponent = exponent(currency_code)?;
    let refused = |rule: &str| Error::refused_here(format!("the amount {rule}"));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, decimals) = match digits.split_once('.') {
        Some((_, "")) => return Err(refused("must have digits on both sides of a point")),
        Some(parts) => parts,
        None => (digits, ""),
    };
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !only_digits(whole) || !only_digits(decimals) {
        return Err(refused("must be digits and at most one point"));
    }
    if decimals.len() > exponent {
        return Err(refused("has more decimals than its currency"));
    }
    let sign = if negative { "-" } else { "" };
    // i64's own parser knows the whole range, also the lowest number.
    let minor_units = format!("{sign}{whole}{decimals:0<exponent$}")
        .parse()
        .map_err(|_| refused("is too large"))?;
    Ok(Money { currency_code: currency_code.to_owned(), minor_units })
}

/// `{AED, 1234}` is `"12.34"`, with all decimals of the currency. Refuses an unknown currency.
pub fn format(money: &Money) -> Result<String, Error> {
    let exponent = exponent(&money.currency_code)?;
    let sign = if money.minor_units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", money.minor_units.unsigned_abs(), width = exponent + 1);
    let (whole, decimals) = digits.split_at(digits.len() - exponent);
    let point = if exponent > 0 { "." } else { "" };
    Ok(format!("{sign}{whole}{point}{decimals}"))
}

/// Refuses two currencies, and a sum that does not fit in 64 bits.
pub fn add(a: &Money, b: &Money) -> Result<Money, Error> {
    combine(a, b, i64::checked_add)
}

/// Refuses two currencies, and a difference that does not fit in 64 bits.
pub fn subtract(a: &Money, b: &Money) -> Result<Money, Error> {
    combine(a, b, i64::checked_sub)
}

fn combine(a: &Money, b: &Money, by: fn(i64, i64) -> Option<i64>) -> Result<Money, Error> {
    if a.currency_code != b.currency_code {
        return Err(Error::refused_here("the currencies differ"));
    }
    let minor_units = by(a.minor_units, b.minor_units)
        .ok_or_else(|| Error::refused_here("the amount is too large"))?;
    Ok(Money { currency_code: a.currency_code.clone(), minor_units })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(currency: &str, minor_units: i64) -> Money {
        Money { currency_code: currency.into(), minor_units }
    }

    #[test]
    fn text_and_back() {
        for (currency, text, minor_units) in [
            ("AED", "12.34", 1234),
            ("AED", "-0.05", -5),
            ("USD", "0.00", 0),
            ("IDR", "15000", 15000),
            ("KWD", "1.005", 1005),
            ("AED", "92233720368547758.07", i64::MAX),
            ("AED", "-92233720368547758.08", i64::MIN),
        ] {
            assert_eq!(parse(currency, text).unwrap(), units(currency, minor_units));
            assert_eq!(format(&units(currency, minor_units)).unwrap(), text);
        }
        assert_eq!(parse("AED", "12").unwrap().minor_units, 1200);
        assert_eq!(parse("AED", "12.3").unwrap().minor_units, 1230);
    }

    #[test]
    fn what_is_no_exact_amount_is_refused() {
        for text in [
            "", ".", "1.", ".5", "-", "+1", "1e3", "1,000", " 1", "1 ", "1.2.3", "1.234", "0x1",
            "NaN", "92233720368547758.08", "--1", "1.-5", "1.+5", "\u{661}",
        ] {
            let error = parse("AED", text).expect_err(text);
            assert_eq!(error.code, tonic::Code::InvalidArgument);
            assert_eq!(error.side_effect, crate::SideEffect::None);
        }
        assert!(parse("IDR", "1.5").is_err());
        for currency in ["", "aed", "XXX", "AE", "AED ", "AED AFN"] {
            assert!(parse(currency, "1").is_err(), "{currency}");
        }
    }

    #[test]
    fn sums_are_checked() {
        assert_eq!(add(&units("AED", 1), &units("AED", 2)).unwrap().minor_units, 3);
        assert_eq!(subtract(&units("AED", 1), &units("AED", 2)).unwrap().minor_units, -1);
        assert!(add(&units("AED", 1), &units("USD", 2)).is_err());
        assert!(add(&units("AED", i64::MAX), &units("AED", 1)).is_err());
        assert!(subtract(&units("AED", i64::MIN), &units("AED", 1)).is_err());
    }
}
