#include "server/wire/qr_svg.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

// The three finder patterns, by which a scanner recognises the code: ISO/IEC 18004, 6.3.3.
bool HasFinder(const QrCode& code, int left, int top) {
  for (int y = 0; y < 7; ++y) {
    for (int x = 0; x < 7; ++x) {
      const bool ring = x == 0 || x == 6 || y == 0 || y == 6;
      const bool core = x >= 2 && x <= 4 && y >= 2 && y <= 4;
      if (code.IsDark(left + x, top + y) != (ring || core)) return false;
    }
  }
  return true;
}

TEST(QrSvgTest, DrawsACodeThatScannersRecognise) {
  const absl::StatusOr<QrCode> code = EncodeQr("https://pay.example/t/0123456789");
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ((code->size - 17) % 4, 0);  // Versions are 21, 25, 29, ... modules wide.
  EXPECT_TRUE(HasFinder(*code, 0, 0));
  EXPECT_TRUE(HasFinder(*code, code->size - 7, 0));
  EXPECT_TRUE(HasFinder(*code, 0, code->size - 7));
  EXPECT_FALSE(HasFinder(*code, code->size - 7, code->size - 7));
}

TEST(QrSvgTest, OtherTextIsAnotherCode) {
  EXPECT_NE(EncodeQr("a")->dark, EncodeQr("b")->dark);
  EXPECT_EQ(EncodeQr("a")->dark, EncodeQr("a")->dark);
}

// Reads the path's runs ("M5 4h7v1h-7z") back into modules.
QrCode FromSvg(const std::string& svg, int size) {
  QrCode code{.size = size, .dark = std::vector<bool>(static_cast<size_t>(size) * size)};
  for (size_t at = svg.find("d=\"M") + 3; at < svg.size() && svg[at] == 'M';) {
    int x = 0, y = 0, width = 0, back = 0, used = 0;
    EXPECT_EQ(std::sscanf(svg.c_str() + at, "M%d %dh%dv1h-%dz%n", &x, &y, &width, &back, &used), 4);
    EXPECT_EQ(width, back);
    for (int i = 0; i < width; ++i) {
      code.dark[static_cast<size_t>(y - kQrQuietZone) * size + (x - kQrQuietZone) + i] = true;
    }
    at += static_cast<size_t>(used);
  }
  return code;
}

TEST(QrSvgTest, ThePictureIsTheCodeWithItsQuietZone) {
  const std::string text = "00020101021129370016A000000677010111";
  const QrCode code = *EncodeQr(text);
  const absl::StatusOr<std::string> svg = QrSvg(text);
  ASSERT_TRUE(svg.ok());
  const std::string side = std::to_string(code.size + 2 * kQrQuietZone);
  EXPECT_NE(svg->find("viewBox=\"0 0 " + side + " " + side + "\""), std::string::npos);
  EXPECT_EQ(svg->substr(0, 5), "<svg ");
  EXPECT_EQ(svg->substr(svg->size() - 6), "</svg>");
  EXPECT_EQ(FromSvg(*svg, code.size).dark, code.dark);
}

TEST(QrSvgTest, TextOfThePayloadNeverReachesTheMarkup) {
  const absl::StatusOr<std::string> svg = QrSvg("\"/><script>alert(1)</script>");
  ASSERT_TRUE(svg.ok());
  EXPECT_EQ(svg->find("script"), std::string::npos);
}

TEST(QrSvgTest, RefusesWhatNoCodeHolds) {
  EXPECT_EQ(QrSvg("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(QrSvg(std::string("a\0b", 3)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(QrSvg(std::string(2331, 'x')).ok());
  EXPECT_EQ(QrSvg(std::string(2332, 'x')).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sluice
