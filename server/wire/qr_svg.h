// QR codes: text as a square of dark and light modules, and as an SVG picture.
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace sluice {

struct QrCode {
  int size = 0;            // Modules on a side, without the quiet zone.
  std::vector<bool> dark;  // size * size, row by row.

  bool IsDark(int x, int y) const { return dark[static_cast<size_t>(y) * size + x]; }
};

// The light border that scanners need, in modules (ISO/IEC 18004).
inline constexpr int kQrQuietZone = 4;

// Error correction level M. INVALID_ARGUMENT when `text` is empty, holds a NUL byte, or is longer
// than a QR code can hold (2331 bytes).
absl::StatusOr<QrCode> EncodeQr(std::string_view text);

// A complete SVG document, black on white, quiet zone included. Errors as EncodeQr.
absl::StatusOr<std::string> QrSvg(std::string_view text);

}  // namespace sluice
