#include "server/base/log.h"

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/log_capture.h"

namespace sluice {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

TEST(LogTest, WritesOneJsonObjectALine) {
  LogCapture capture;
  LogInfo("order_created", {{"order", "merchants/demo/orders/1"},
                            {"attempt", 1},
                            {"paid", true},
                            {"size", size_t{18446744073709551615u}},
                            {"after", absl::Milliseconds(1500)}});
  ASSERT_EQ(capture.lines().size(), 1u);
  const std::string line = capture.lines()[0];
  EXPECT_THAT(line, MatchesRegex("\\{\"time\":\"20..-..-..T..:..:..\\.......Z\",.*"));
  EXPECT_THAT(line, EndsWith("\"severity\":\"INFO\",\"event\":\"order_created\","
                             "\"order\":\"merchants/demo/orders/1\",\"attempt\":1,\"paid\":true,"
                             "\"size\":18446744073709551615,\"after\":\"1.5s\"}"));
}

TEST(LogTest, NeverPrintsRedacted) {
  LogCapture capture;
  const Redacted secret("hunter2");
  LogWarning("key_loaded", {{"key", secret}});
  EXPECT_TRUE(capture.Contains("\"key\":\"[redacted]\""));
  EXPECT_FALSE(capture.Contains("hunter2"));
  EXPECT_EQ(::testing::PrintToString(secret), "[redacted]");
  EXPECT_EQ(secret.Reveal(), "hunter2");
}

TEST(LogTest, EscapesRepairsAndCutsText) {
  LogCapture capture;
  LogError("odd", {{"a", "line\nend \"quoted\" \xff"}, {"b", std::string(10'000, 'x')}});
  ASSERT_EQ(capture.lines().size(), 1u);
  EXPECT_THAT(capture.lines()[0], HasSubstr("line\\nend \\\"quoted\\\" \xef\xbf\xbd"));
  EXPECT_LT(capture.lines()[0].size(), kMaxLogTextBytes + 500);
}

TEST(LogTest, LevelsFilterAtRunTime) {
  LogCapture capture(LogLevel::kWarning);
  LogInfo("quiet");
  LogWarning("loud");
  EXPECT_EQ(capture.lines().size(), 1u);
  SetLogLevel(LogLevel::kOff);
  LogError("off");
  EXPECT_FALSE(LogEnabled(LogLevel::kError));
  EXPECT_EQ(capture.lines().size(), 1u);
  SetLogLevel(LogLevel::kDebug);
  LogDebug("debug", {{"status", absl::NotFoundError("gone")}});
  EXPECT_TRUE(capture.Contains("NOT_FOUND: gone"));
}

TEST(LogTest, ParsesLevels) {
  LogLevel level = LogLevel::kInfo;
  EXPECT_TRUE(ParseLogLevel("warning", &level));
  EXPECT_EQ(level, LogLevel::kWarning);
  EXPECT_FALSE(ParseLogLevel("WARNING", &level));
  EXPECT_FALSE(ParseLogLevel("", &level));
}

TEST(LogTest, ThreadsWriteWholeLines) {
  LogCapture capture;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 100; ++i) LogInfo("busy", {{"i", i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(capture.lines().size(), 400u);
  for (const std::string& line : capture.lines()) EXPECT_THAT(line, EndsWith("}"));
}

TEST(LogTest, GoesToStandardErrorWithoutACapture) {
  ::testing::internal::CaptureStderr();
  LogInfo("to_stderr", {{"n", -1}});
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, EndsWith("\"event\":\"to_stderr\",\"n\":-1}\n"));
  EXPECT_THAT(text, Not(HasSubstr("[info]")));
}

}  // namespace
}  // namespace sluice
