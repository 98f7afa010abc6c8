#include "server/wire/qr_svg.h"

#include <qrencode.h>

#include <memory>

#include "absl/status/status.h"
#include "server/base/strings.h"

namespace sluice {
namespace {

constexpr int kAnyVersion = 0;            // The smallest that fits.
constexpr unsigned char kDarkModule = 1;  // libqrencode: the lowest bit of a module.

struct FreeQr {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// One path of horizontal runs: a tenth of the bytes of a rectangle per module.
std::string Path(const QrCode& code) {
  std::string path;
  for (int y = 0; y < code.size; ++y) {
    for (int x = 0; x < code.size; ++x) {
      if (!code.IsDark(x, y)) continue;
      const int start = x;
      while (x < code.size && code.IsDark(x, y)) ++x;
      path += StrCat("M", start + kQrQuietZone, " ", y + kQrQuietZone, "h", x - start, "v1h-",
                     x - start, "z");
    }
  }
  return path;
}

}  // namespace

absl::StatusOr<QrCode> EncodeQr(std::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("a QR code needs text");
  if (text.find('\0') != text.npos) {
    return absl::InvalidArgumentError("a QR code's text holds no NUL byte");
  }
  const std::string terminated(text);
  const std::unique_ptr<QRcode, FreeQr> drawn(
      QRcode_encodeString8bit(terminated.c_str(), kAnyVersion, QR_ECLEVEL_M));
  if (drawn == nullptr) return absl::InvalidArgumentError("too long for a QR code");
  QrCode code{.size = drawn->width};
  const size_t modules = static_cast<size_t>(drawn->width) * drawn->width;
  code.dark.reserve(modules);
  for (size_t i = 0; i < modules; ++i) code.dark.push_back((drawn->data[i] & kDarkModule) != 0);
  return code;
}

absl::StatusOr<std::string> QrSvg(std::string_view text) {
  absl::StatusOr<QrCode> code = EncodeQr(text);
  if (!code.ok()) return code.status();
  const int side = code->size + 2 * kQrQuietZone;
  return StrCat("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ", side, " ", side,
                "\" shape-rendering=\"crispEdges\"><rect width=\"", side, "\" height=\"", side,
                "\" fill=\"#fff\"/><path fill=\"#000\" d=\"", Path(*code), "\"/></svg>");
}

}  // namespace sluice
