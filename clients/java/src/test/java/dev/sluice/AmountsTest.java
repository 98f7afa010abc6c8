package dev.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AmountsTest {
  private static void assertRefused(Executable executable) {
    SluiceException refused = assertThrows(SluiceException.class, executable);
    assertEquals(Status.Code.INVALID_ARGUMENT, refused.code());
    assertEquals(SideEffect.NONE, refused.sideEffect());
  }

  @ParameterizedTest
  @CsvSource({
    "AED, 12.34, 1234", "AED, 12.3, 1230", "AED, 12, 1200", "AED, 0.01, 1", "AED, 0, 0",
    "AED, -0, 0", "AED, -0.05, -5", "AED, -12.34, -1234", "AED, 007.10, 710", "IDR, 15000, 15000",
    "KWD, 1.234, 1234", "KWD, 1.5, 1500", "AED, 92233720368547758.07, 9223372036854775807",
    "AED, -92233720368547758.08, -9223372036854775808", "IDR, 00000000000000000000000000000001, 1",
    "AED, 90071992547409.93, 9007199254740993",
  })
  void readsExactly(String currency, String text, long minorUnits) {
    assertEquals(Amounts.of(currency, minorUnits), Amounts.parse(currency, text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AED|", "AED|-", "AED|.", "AED|.5", "AED|5.", "AED|1e3", "AED|1.2.3", "AED|+1", "AED|--1",
        "AED| 1", "AED|1 ", "AED|1\n", "AED|1,000", "AED|1_000", "AED|0x10", "AED|NaN",
        "AED|12.345", "AED|12.340", "IDR|1.5", "IDR|200.000", "AED|\u0661\u0662", "aed|1", "|1",
        "XXX|1", "AED|92233720368547758.08", "AED|-92233720368547758.09",
        "IDR|99999999999999999999999999999999999999999999",
      })
  void refusesEverythingElse(String currencyAndText) {
    int bar = currencyAndText.indexOf('|');
    String currency = currencyAndText.substring(0, bar);
    assertRefused(() -> Amounts.parse(currency, currencyAndText.substring(bar + 1)));
  }

  @ParameterizedTest
  @CsvSource({
    "AED, 1230, 12.30", "AED, 1, 0.01", "AED, 0, 0.00", "AED, -1, -0.01", "AED, -1234, -12.34",
    "IDR, 15000, 15000", "IDR, -1, -1", "KWD, 1, 0.001",
    "AED, -9223372036854775808, -92233720368547758.08",
    "USD, 9223372036854775807, 92233720368547758.07",
  })
  void writesTheCurrencysDecimals(String currency, long minorUnits, String text) {
    assertEquals(text, Amounts.format(Amounts.of(currency, minorUnits)));
    assertEquals(minorUnits, Amounts.parse(currency, text).getMinorUnits());
  }

  @Test
  void doesNotWriteWhatItDoesNotKnow() {
    assertRefused(() -> Amounts.format(Amounts.of("XXX", 1)));
    assertRefused(() -> Amounts.exponent(""));
  }

  @Test
  void sumsStayInOneCurrencyAndInRange() {
    assertEquals(
        Amounts.of("AED", 3), Amounts.add(Amounts.of("AED", 1), Amounts.of("AED", 2)));
    assertEquals(
        Amounts.of("AED", -1), Amounts.subtract(Amounts.of("AED", 1), Amounts.of("AED", 2)));
    assertRefused(() -> Amounts.add(Amounts.of("AED", 1), Amounts.of("USD", 1)));
    assertRefused(() -> Amounts.subtract(Amounts.of("AED", 1), Amounts.of("USD", 1)));
    assertRefused(() -> Amounts.add(Amounts.of("AED", Long.MAX_VALUE), Amounts.of("AED", 1)));
    assertRefused(() -> Amounts.subtract(Amounts.of("AED", Long.MIN_VALUE), Amounts.of("AED", 1)));
  }
}
