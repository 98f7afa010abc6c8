package dev.sluice;

import dev.sluice.v1.Money;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongBinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Money without floating-point numbers: minor units, and text. */
public final class Amounts {
  // ISO 4217, by the number of decimals. IDR is the one exception: the standard has two, wallets
  // take whole rupiah. Certification holds this table against the server's.
  private static final String NO_DECIMALS =
      "BIF CLP DJF GNF IDR ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
  private static final String TWO_DECIMALS =
      "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
          + "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
          + "GIP GMD GTQ GYD HKD HNL HTG HUF ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR "
          + "LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR "
          + "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD "
          + "SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD "
          + "YER ZAR ZMW ZWL";
  private static final String THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND";

  private static final Map<String, Integer> EXPONENTS = exponents();
  private static final Pattern DECIMAL = Pattern.compile("(-?)([0-9]+)(?:\\.([0-9]+))?");

  private Amounts() {}

  private static Map<String, Integer> exponents() {
    Map<String, Integer> table = new HashMap<>();
    for (String code : NO_DECIMALS.split(" ")) {
      table.put(code, 0);
    }
    for (String code : TWO_DECIMALS.split(" ")) {
      table.put(code, 2);
    }
    for (String code : THREE_DECIMALS.split(" ")) {
      table.put(code, 3);
    }
    return Map.copyOf(table);
  }

  /** How many decimals the currency has: AED 2, IDR 0, KWD 3. */
  public static int exponent(String currencyCode) {
    Integer exponent = EXPONENTS.get(currencyCode);
    if (exponent == null) {
      throw SluiceException.refused("the currency must be a known ISO 4217 code in upper case");
    }
    return exponent;
  }

  /** An amount in minor units: {@code of("AED", 1234)} is 12.34 AED. */
  public static Money of(String currencyCode, long minorUnits) {
    return Money.newBuilder().setCurrencyCode(currencyCode).setMinorUnits(minorUnits).build();
  }

  /** Reads "12.34" exactly. Takes digits, one point and a leading minus, nothing else. */
  public static Money parse(String currencyCode, String text) {
    int exponent = exponent(currencyCode);
    Matcher parts = DECIMAL.matcher(text);
    if (!parts.matches()) {
      throw SluiceException.refused("an amount must be decimal digits such as 12.34");
    }
    String fraction = parts.group(3) == null ? "" : parts.group(3);
    if (fraction.length() > exponent) {
      throw SluiceException.refused(
          "an amount in " + currencyCode + " has at most " + exponent + " decimals");
    }
    String digits = parts.group(2) + fraction + "0".repeat(exponent - fraction.length());
    try {
      return of(currencyCode, new BigInteger(parts.group(1) + digits).longValueExact());
    } catch (ArithmeticException tooLarge) {
      throw SluiceException.refused("an amount is too large");
    }
  }

  /** Writes exactly the currency's decimals: "12.30", "15000". */
  public static String format(Money money) {
    int exponent = exponent(money.getCurrencyCode());
    String sign = money.getMinorUnits() < 0 ? "-" : "";
    String digits = BigInteger.valueOf(money.getMinorUnits()).abs().toString();
    if (exponent == 0) {
      return sign + digits;
    }
    String padded = "0".repeat(Math.max(0, exponent + 1 - digits.length())) + digits;
    int point = padded.length() - exponent;
    return sign + padded.substring(0, point) + "." + padded.substring(point);
  }

  /** The sum of two amounts of one currency. */
  public static Money add(Money a, Money b) {
    return combine(a, b, Math::addExact);
  }

  /** {@code a} less {@code b}, of one currency. */
  public static Money subtract(Money a, Money b) {
    return combine(a, b, Math::subtractExact);
  }

  private static Money combine(Money a, Money b, LongBinaryOperator operator) {
    if (!a.getCurrencyCode().equals(b.getCurrencyCode())) {
      throw SluiceException.refused(
          a.getCurrencyCode() + " and " + b.getCurrencyCode() + " cannot be reckoned together");
    }
    try {
      long result = operator.applyAsLong(a.getMinorUnits(), b.getMinorUnits());
      return of(a.getCurrencyCode(), result);
    } catch (ArithmeticException overflow) {
      throw SluiceException.refused("an amount is too large");
    }
  }
}
