#include "tests/demo/qr_terminal.h"

#include <qrencode.h>

#include <memory>

namespace sluice::demo {
namespace {

constexpr int kAnyVersion = 0;  // The smallest that fits.
constexpr int kQuietZone = 2;   // Scanners want light around the code; the indent adds to it.

struct FreeQr {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

bool IsLight(const QRcode& code, int x, int y) {
  if (x < 0 || y < 0 || x >= code.width || y >= code.width) return true;
  return (code.data[y * code.width + x] & 1) == 0;
}

const char* Block(bool upper, bool lower) {
  if (upper && lower) return "█";
  if (upper) return "▀";
  return lower ? "▄" : " ";
}

}  // namespace

std::string DrawQr(const std::string& text, const std::string& indent) {
  const std::unique_ptr<QRcode, FreeQr> code(
      QRcode_encodeString8bit(text.c_str(), kAnyVersion, QR_ECLEVEL_L));
  if (code == nullptr) return "";
  std::string drawing;
  for (int y = -kQuietZone; y < code->width + kQuietZone; y += 2) {
    drawing += indent;
    for (int x = -kQuietZone; x < code->width + kQuietZone; ++x) {
      const bool below = y + 1 < code->width + kQuietZone;
      drawing += Block(IsLight(*code, x, y), below && IsLight(*code, x, y + 1));
    }
    drawing += '\n';
  }
  return drawing;
}

}  // namespace sluice::demo
