#include "tests/demo/narrator.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace sluice::demo {
namespace {

constexpr char kBold[] = "1", kDim[] = "2", kRed[] = "31", kGreen[] = "32", kYellow[] = "33";

struct Row {
  std::string state;
  v1::Money amount;
  std::vector<std::string> notes;
};

void Note(const char* word, const v1::Money& money, Row* row) {
  if (money.minor_units() != 0) row->notes.push_back(absl::StrCat(word, " ", FormatMoney(money)));
}

template <typename Resource>
std::string StateOf(const Resource& resource) {
  const std::string name = Resource::State_Name(resource.state());
  return std::string(absl::StripPrefix(name, "STATE_"));
}

Row RowOf(const v1::Event& event) {
  Row row;
  switch (event.payload_case()) {
    case v1::Event::kOrder:
      row = {StateOf(event.order()), event.order().amount(), {}};
      Note("paid", event.order().paid(), &row);
      Note("refunded", event.order().refunded(), &row);
      if (event.order().late()) row.notes.push_back("late");
      break;
    case v1::Event::kRefund:
      row = {StateOf(event.refund()), event.refund().amount(), {}};
      break;
    case v1::Event::kPayout:
      row = {StateOf(event.payout()), event.payout().amount(), {}};
      break;
    case v1::Event::kAccountLink:
      row = {StateOf(event.account_link()), {}, {}};
      break;
    case v1::Event::kProviderAccount:
      row = {event.provider_account().paused() ? "PAUSED" : "RUNNING", {}, {}};
      break;
    case v1::Event::PAYLOAD_NOT_SET:
      break;
  }
  return row;
}

const char* ColourOf(const std::string& state) {
  if (state == "PAID" || state == "SUCCEEDED" || state == "ACTIVE") return kGreen;
  if (state == "FAILED" || state == "EXPIRED") return kRed;
  if (state == "REVOKED" || state == "CANCELED") return kYellow;
  return kDim;
}

}  // namespace

std::string FormatMoney(const v1::Money& money) {
  if (money.currency_code().empty()) return "";
  const int64_t units = money.minor_units();
  if (money.currency_code() == "IDR") return absl::StrCat(units, " IDR");
  return absl::StrFormat("%d.%02d %s", units / 100, units % 100, money.currency_code());
}

std::string ShortName(const std::string& name) {
  // merchants/{merchant}/...
  const size_t first = name.find('/');
  const size_t second = first == name.npos ? first : name.find('/', first + 1);
  return second == name.npos ? name : name.substr(second + 1);
}

Narrator::Narrator() : colours_(isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == nullptr) {}

std::string Narrator::Paint(const char* colour, const std::string& text) const {
  return colours_ ? absl::StrCat("\x1b[", colour, "m", text, "\x1b[0m") : text;
}

void Narrator::Heading(const std::string& text) {
  const std::lock_guard lock(mutex_);
  std::cout << '\n' << Paint(kBold, absl::StrCat("== ", text)) << std::endl;
}

void Narrator::Say(const std::string& text) {
  const std::lock_guard lock(mutex_);
  std::cout << "   " << text << std::endl;
}

void Narrator::Raw(const std::string& text) {
  const std::lock_guard lock(mutex_);
  std::cout << text << std::endl;
}

void Narrator::Good(const std::string& text) {
  const std::lock_guard lock(mutex_);
  std::cout << "   " << Paint(kGreen, absl::StrCat("ok: ", text)) << std::endl;
}

void Narrator::Trouble(const std::string& text) {
  const std::lock_guard lock(mutex_);
  std::cerr << text << std::endl;
}

void Narrator::Show(const v1::Event& event) {
  const Row row = RowOf(event);
  const std::string line = absl::StrFormat("#%-4d %-24s %-28s ", event.sequence(), event.type(),
                                           ShortName(event.resource()));
  const std::string state = absl::StrFormat("%-15s", row.state);
  const std::string tail =
      absl::StrFormat("%12s  %s", FormatMoney(row.amount), absl::StrJoin(row.notes, ", "));
  const std::lock_guard lock(mutex_);
  std::cout << "   " << Paint(kDim, "event ") << line << Paint(ColourOf(row.state), state)
            << absl::StripTrailingAsciiWhitespace(tail) << std::endl;
}

}  // namespace sluice::demo
