#include "server/core/validate.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "server/base/strings.h"
#include "server/base/utf8.h"
#include "server/core/names.h"

namespace sluice {
namespace {

constexpr size_t kMaxEmailBytes = 254;  // RFC 5321's path without its brackets.
constexpr size_t kMinPhoneDigits = 6;
constexpr size_t kMaxPhoneDigits = 15;

bool IsPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool IsDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// C0, DEL and C1 of valid UTF-8.
bool HasControlCharacter(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) <= 0x9F) return true;
  }
  return false;
}

// The rule that `text` breaks, if any.
std::optional<std::string> TextProblem(std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) return StrCat("must have at most ", max_bytes, " bytes");
  if (!IsValidUtf8(text)) return "must be valid UTF-8";
  if (HasControlCharacter(text)) return "must not have control characters";
  return std::nullopt;
}

bool IsLabelKey(std::string_view key) {
  return !key.empty() && key.size() <= kMaxLabelBytes &&
         std::all_of(key.begin(), key.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '_' || c == '-';
         });
}

// Of "host", "host:port" or "[v6]:port".
bool IsAuthority(std::string_view authority) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    in6_addr unused;
    if (inet_pton(AF_INET6, std::string(authority.substr(1, end - 1)).c_str(), &unused) != 1) {
      return false;
    }
    port = authority.substr(end + 1);
  } else {
    const size_t colon = std::min(authority.find(':'), authority.size());
    const std::string_view host = authority.substr(0, colon);
    const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
      return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
    });
    if (host.empty() || host.starts_with('.') || !plain) return false;
    port = authority.substr(colon);
  }
  if (port.empty()) return true;
  port.remove_prefix(1);  // The colon, or whatever follows ']': refused as no digit below.
  constexpr size_t kMaxPortDigits = 5;
  if (authority[authority.size() - port.size() - 1] != ':' || port.empty() ||
      port.size() > kMaxPortDigits || !IsDigits(port)) {
    return false;
  }
  const int number = std::stoi(std::string(port));
  return number >= 1 && number <= 65535;
}

std::optional<std::string> UrlProblem(std::string_view url, UrlSchemes schemes) {
  if (url.size() > kMaxFieldUrlBytes) {
    return StrCat("must have at most ", kMaxFieldUrlBytes, " bytes");
  }
  const size_t scheme_end = url.find("://");
  const std::string_view scheme = url.substr(0, scheme_end);
  const bool is_https = EqualsIgnoreCase(scheme, "https");
  const bool is_http = EqualsIgnoreCase(scheme, "http");
  if (scheme_end == std::string_view::npos || (!is_https && !is_http)) {
    return "must be an absolute http or https URL";
  }
  if (!is_https && schemes == UrlSchemes::kHttpsOnly) return "must be an https URL";
  // Browsers read '\' as '/': what we take for the host must be what they go to.
  if (!IsPrintableAscii(url) || url.find_first_of("\\\"<>^`{|}") != std::string_view::npos) {
    return "must be percent-encoded where RFC 3986 asks for it";
  }
  const std::string_view rest = url.substr(scheme_end + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return "must not have user information";
  if (!IsAuthority(authority)) return "must have a valid host";
  return std::nullopt;
}

absl::Status ToStatus(std::string_view field, const std::optional<std::string>& problem) {
  if (!problem.has_value()) return absl::OkStatus();
  return InvalidField(field, *problem);
}

}  // namespace

void Violations::Add(const absl::Status& status) {
  if (status.ok()) return;
  std::optional<ErrorDetails> details = GetErrorDetails(status);
  if (!details.has_value() || details->reason != reason::kFieldInvalid) {
    other_.Update(status);
    return;
  }
  for (FieldViolation& violation : details->fields) fields_.push_back(std::move(violation));
}

void Violations::Add(std::string_view field, std::string_view rule) {
  fields_.push_back({std::string(field), std::string(rule)});
}

absl::Status Violations::ToStatus() const {
  if (!other_.ok()) return other_;
  if (fields_.empty()) return absl::OkStatus();
  return InvalidFields(fields_);
}

absl::Status ValidateAmount(const Money& amount, std::string_view field) {
  Violations violations;
  if (!CurrencyExponent(amount.currency_code).ok()) {
    violations.Add(StrCat(field, ".currency_code"), "must be a known ISO 4217 code in upper case");
  }
  const std::string units_field = StrCat(field, ".minor_units");
  if (amount.minor_units <= 0) {
    violations.Add(units_field, "must be greater than zero");
  } else if (amount.minor_units > kMaxMinorUnits) {
    violations.Add(units_field, StrCat("must be at most ", kMaxMinorUnits));
  }
  return violations.ToStatus();
}

absl::Status ValidateLabels(const std::map<std::string, std::string>& labels,
                            std::string_view field) {
  Violations violations;
  if (labels.size() > kMaxLabels) {
    violations.Add(field, StrCat("must have at most ", kMaxLabels, " labels"));
    return violations.ToStatus();
  }
  for (const auto& [key, value] : labels) {
    if (!IsLabelKey(key)) {
      violations.Add(field, "must have keys of 1 to 63 of a-z, 0-9, '_' and '-'");
    } else {
      violations.Add(ToStatus(StrCat(field, ".", key), TextProblem(value, kMaxLabelBytes)));
    }
  }
  return violations.ToStatus();
}

absl::Status ValidateText(std::string_view text, std::string_view field, size_t max_bytes) {
  return ToStatus(field, TextProblem(text, max_bytes));
}

absl::Status ValidateDescription(std::string_view text, std::string_view field) {
  return ValidateText(text, field, kMaxDescriptionBytes);
}

absl::Status ValidateUrl(std::string_view url, std::string_view field, UrlSchemes schemes) {
  if (url.empty()) return absl::OkStatus();
  return ToStatus(field, UrlProblem(url, schemes));
}

absl::Status ValidatePhone(std::string_view phone, std::string_view field) {
  if (phone.empty()) return absl::OkStatus();
  std::string_view digits = phone;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.size() >= kMinPhoneDigits && digits.size() <= kMaxPhoneDigits && IsDigits(digits)) {
    return absl::OkStatus();
  }
  return InvalidField(field, "must be 6 to 15 digits, with an optional '+' before them");
}

absl::Status ValidateEmail(std::string_view email, std::string_view field) {
  if (email.empty()) return absl::OkStatus();
  const size_t at = email.find('@');
  if (email.size() <= kMaxEmailBytes && IsPrintableAscii(email) && at != 0 &&
      at != std::string_view::npos && at + 1 < email.size() &&
      email.find('@', at + 1) == std::string_view::npos) {
    return absl::OkStatus();
  }
  return InvalidField(field, "must be an e-mail address of up to 254 ASCII characters");
}

absl::Status ValidateIpAddress(std::string_view address, std::string_view field) {
  if (address.empty()) return absl::OkStatus();
  const std::string text(address);
  in_addr v4;
  in6_addr v6;
  // A zero byte would end the text early.
  if (text.find('\0') == std::string::npos &&
      (inet_pton(AF_INET, text.c_str(), &v4) == 1 || inet_pton(AF_INET6, text.c_str(), &v6) == 1)) {
    return absl::OkStatus();
  }
  return InvalidField(field, "must be an IPv4 or IPv6 address");
}

absl::Status ValidateCountry(std::string_view country, std::string_view field) {
  if (country.empty()) return absl::OkStatus();
  const bool upper = std::all_of(country.begin(), country.end(), [](char c) {
    return absl::ascii_isupper(static_cast<unsigned char>(c));
  });
  if (country.size() == 2 && upper) return absl::OkStatus();
  return InvalidField(field, "must be two upper-case letters (ISO 3166-1)");
}

absl::Status ValidateRequired(std::string_view value, std::string_view field) {
  if (!value.empty()) return absl::OkStatus();
  return InvalidField(field, "is required");
}

absl::Status ValidateWallet(std::string_view wallet, std::string_view field) {
  return ValidateSlug(wallet, field);
}

absl::Status ValidateExpireTime(absl::Time expire_time, absl::Time now, absl::Duration maximum,
                                std::string_view field) {
  if (maximum <= absl::ZeroDuration()) return InvalidField(field, "cannot be set for this wallet");
  if (expire_time <= now) return InvalidField(field, "must be in the future");
  if (expire_time - now > maximum) {
    return InvalidField(field, StrCat("must be at most ", absl::FormatDuration(maximum), " ahead"));
  }
  return absl::OkStatus();
}

absl::Status ValidateCustomer(const Customer& customer, std::string_view field) {
  Violations violations;
  violations.Add(ValidateText(customer.display_name, StrCat(field, ".display_name")));
  violations.Add(ValidateEmail(customer.email, StrCat(field, ".email")));
  violations.Add(ValidatePhone(customer.phone, StrCat(field, ".phone")));
  violations.Add(ValidateText(customer.address, StrCat(field, ".address")));
  violations.Add(ValidateText(customer.city, StrCat(field, ".city")));
  violations.Add(ValidateText(customer.state, StrCat(field, ".state")));
  violations.Add(ValidateText(customer.postal_code, StrCat(field, ".postal_code")));
  violations.Add(ValidateCountry(customer.country, StrCat(field, ".country")));
  violations.Add(ValidateIpAddress(customer.ip_address, StrCat(field, ".ip_address")));
  return violations.ToStatus();
}

absl::Status ValidateLineItems(const std::vector<LineItem>& items, std::string_view currency_code,
                               std::string_view field) {
  if (items.size() > kMaxLineItems) {
    return InvalidField(field, StrCat("must have at most ", kMaxLineItems, " items"));
  }
  Violations violations;
  for (size_t i = 0; i < items.size(); ++i) {
    const LineItem& item = items[i];
    const std::string path = StrCat(field, "[", i, "]");
    const std::string name_field = StrCat(path, ".display_name");
    violations.Add(ValidateRequired(item.display_name, name_field));
    violations.Add(ValidateText(item.display_name, name_field));
    violations.Add(ValidateDescription(item.description, StrCat(path, ".description")));
    violations.Add(ValidateUrl(item.image_url, StrCat(path, ".image_url")));
    if (item.unit_price.currency_code != currency_code) {
      violations.Add(StrCat(path, ".unit_price.currency_code"), "must be the amount's currency");
    }
    if (item.unit_price.minor_units < 0 || item.unit_price.minor_units > kMaxMinorUnits) {
      violations.Add(StrCat(path, ".unit_price.minor_units"),
                     StrCat("must be from 0 to ", kMaxMinorUnits));
    }
    if (item.quantity < 1 || item.quantity > kMaxQuantity) {
      violations.Add(StrCat(path, ".quantity"), StrCat("must be from 1 to ", kMaxQuantity));
    }
  }
  return violations.ToStatus();
}

}  // namespace sluice
