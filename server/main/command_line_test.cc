#include "server/main/command_line.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "server/main/run.h"

namespace sluice {
namespace {

TEST(CommandLineTest, ReadsFlagsInBothForms) {
  const auto line = ParseCommandLine({"--config", "a.txtpb", "--grpc-address=127.0.0.1:0",
                                      "--sandbox", "--data-dir=/tmp/x", "--log-level", "debug"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->config, "a.txtpb");
  EXPECT_EQ(line->grpc_address, "127.0.0.1:0");
  EXPECT_EQ(line->data_dir, "/tmp/x");
  EXPECT_EQ(line->log_level, "debug");
  EXPECT_TRUE(line->sandbox);
  EXPECT_FALSE(line->check_config);
  EXPECT_FALSE(line->admin_address.has_value());
  EXPECT_FALSE(line->sandbox_seed.has_value());
}

TEST(CommandLineTest, TheSeedIsANumberOfTheSandbox) {
  const auto line = ParseCommandLine({"--sandbox-seed=18446744073709551615", "--sandbox"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->sandbox_seed, 18446744073709551615u);
  EXPECT_TRUE(ParseCommandLine({"--sandbox", "--sandbox-seed", "0"}).ok());
}

TEST(CommandLineTest, RefusesWhatIsNoFlagAndNamesIt) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--no-such"},
      {"config"},
      {"--config"},
      {"--config="},
      {"--sandbox=yes"},
      {"--data-dir", "a", "--data-dir", "b"},
      {"--sandbox-seed=7"},
      {"--sandbox-seed"},
      {"--sandbox-seed=x", "--sandbox"},
      {"--sandbox-seed=-1", "--sandbox"},
      {"--sandbox-seed=18446744073709551616", "--sandbox"},
      {"-h"}};
  for (const auto& arguments : wrong) {
    const auto line = ParseCommandLine(arguments);
    EXPECT_EQ(line.status().code(), absl::StatusCode::kInvalidArgument) << arguments[0];
    const std::string flag = arguments[0].substr(0, arguments[0].find('='));
    EXPECT_NE(std::string(line.status().message()).find(flag), std::string::npos) << flag;
  }
}

TEST(CommandLineTest, HelpNamesEveryFlag) {
  for (const char* flag :
       {"--config", "--check-config", "--sandbox", "--data-dir", "--grpc-address",
        "--notify-address", "--admin-address", "--simulator-address", "--sandbox-seed",
        "--log-level", "--version", "--help"}) {
    EXPECT_NE(HelpText().find(flag), std::string::npos) << flag;
  }
}

struct Ran {
  int code;
  std::string out, error;
};

Ran RunWith(const std::vector<std::string>& arguments) {
  std::ostringstream out, error;
  const int code = Run(arguments, out, error);
  return {code, out.str(), error.str()};
}

TEST(RunTest, AnswersWithoutServing) {
  EXPECT_EQ(RunWith({"--help"}).code, kExitOk);
  EXPECT_NE(RunWith({"--help"}).out.find("usage: sluiced"), std::string::npos);
  EXPECT_EQ(RunWith({"--version"}).out, "sluiced " + VersionText() + "\n");
  EXPECT_EQ(RunWith({"--nonsense"}).code, kExitWrongInput);
  EXPECT_EQ(RunWith({"--config", "/no/such/file", "--check-config"}).code, kExitWrongInput);
  EXPECT_EQ(RunWith({"--check-config"}).out, "defaults: ok\n");
}

TEST(RunTest, CheckConfigSaysFileLineFieldAndRule) {
  const std::string path = testing::TempDir() + "/wrong.txtpb";
  std::ofstream(path) << "log_level: \"info\"\nmerchants {\n  id: \"Shop\"\n}\n";
  const Ran ran = RunWith({"--config", path, "--check-config"});
  EXPECT_EQ(ran.code, kExitWrongInput);
  EXPECT_EQ(ran.error.find(path + ":3: merchants[0].id: "), 0u) << ran.error;
}

TEST(RunTest, RefusesToListenBeyondLoopbackUnprotected) {
  const Ran ran = RunWith({"--grpc-address", "0.0.0.0:0", "--check-config"});
  EXPECT_EQ(ran.code, kExitWrongInput);
  EXPECT_NE(ran.error.find("grpc_address: beyond loopback needs tls"), std::string::npos)
      << ran.error;
}

}  // namespace
}  // namespace sluice
