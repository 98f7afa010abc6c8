#include "tests/load/report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "server/base/strings.h"

namespace sluice::bench {
namespace {

std::string Padded(const std::string& text, size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

std::string Cell(const std::string& text) {
  return absl::StrReplaceAll(text.empty() ? "–" : text, {{"|", "\\|"}});
}

}  // namespace

std::string WithCommas(double number) {
  std::string digits = absl::StrFormat("%.0f", std::abs(number));
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return number < 0 ? StrCat("-", digits) : digits;
}

std::string Show(const Spread& spread, int digits, const std::string& unit) {
  const auto number = [digits](double value) {
    return digits == 0 ? WithCommas(value) : absl::StrFormat("%.*f", digits, value);
  };
  std::string text = StrCat(number(spread.median), unit);
  if (spread.least != spread.greatest) {
    text += StrCat(" (", number(spread.least), " to ", number(spread.greatest), ")");
  }
  return text;
}

std::string Table(const std::vector<Row>& rows) {
  size_t what = 4, target = 17, seen = 4;
  for (const Row& row : rows) {
    what = std::max(what, row.what.size());
    target = std::max(target, row.floor.size() + row.excellent.size() + 3);
    seen = std::max(seen, row.seen.size());
  }
  std::string out = StrCat(Padded("what", what), "  ", Padded("floor / excellent", target), "  ",
                           "seen: median (least to greatest)\n");
  out += std::string(out.size() - 1, '-') + "\n";
  for (const Row& row : rows) {
    const std::string aim = row.floor.empty() ? "" : StrCat(row.floor, " / ", row.excellent);
    out += StrCat(Padded(row.what, what), "  ", Padded(aim, target), "  ", row.seen, "\n");
    if (!row.note.empty()) out += StrCat(std::string(what + target + 4, ' '), row.note, "\n");
  }
  return out;
}

absl::Status WriteReport(const std::string& path, const std::string& date,
                         const std::string& machine, const std::vector<Row>& rows,
                         std::string* written) {
  std::error_code error;
  const bool folder = std::filesystem::is_directory(path, error) || path.back() == '/';
  *written = folder ? (std::filesystem::path(path) / (date + ".md")).string() : path;
  std::filesystem::create_directories(std::filesystem::path(*written).parent_path(), error);
  std::ofstream out(*written);
  out << "# Measured on " << date << "\n\n"
      << machine << "\n"
      << "Seen: the median of the rounds (the least to the greatest). What the rows mean and how\n"
      << "they are measured: `sluice_bench --help`, `tests/load/README.md`.\n\n"
      << "| what | floor | excellent | seen | made of |\n|---|---|---|---|---|\n";
  for (const Row& row : rows) {
    out << "| " << Cell(row.what) << " | " << Cell(row.floor) << " | " << Cell(row.excellent)
        << " | " << Cell(row.seen) << " | " << Cell(row.note) << " |\n";
  }
  out.close();
  if (!out) return absl::UnavailableError(StrCat("cannot write ", *written));
  return absl::OkStatus();
}

}  // namespace sluice::bench
