#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "server/base/random.h"
#include "server/main/private_file.h"
#include "server/main/secret_reference.h"
#include "server/main/store_sealer.h"

namespace sluice {
namespace {

std::string FreshDirectory() {
  return testing::TempDir() + "/files-" + SystemRandom().Hex(8) + "/a/b";
}

int ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return static_cast<int>(info.st_mode & 0777);
}

TEST(PrivateFileTest, IsForItsOwnerAlone) {
  const std::string directory = FreshDirectory();
  ASSERT_TRUE(EnsurePrivateDirectory(directory).ok());
  ASSERT_TRUE(EnsurePrivateDirectory(directory).ok());
  EXPECT_EQ(ModeOf(directory), 0700);
  const std::string path = directory + "/key";
  EXPECT_FALSE(ReadPrivateFile(path)->has_value());
  ASSERT_TRUE(WritePrivateFile(path, "one").ok());
  ASSERT_TRUE(WritePrivateFile(path, "two").ok());
  EXPECT_EQ(**ReadPrivateFile(path), "two");
  EXPECT_EQ(ModeOf(path), 0600);
  EXPECT_EQ(EnsurePrivateDirectory(path + "/below").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(WritePrivateFile(directory + "/none/key", "x").code(), absl::StatusCode::kUnavailable);
}

TEST(SecretReferenceTest, ReadsFilesWithoutTheLineEnd) {
  const std::string path = testing::TempDir() + "/secret";
  std::ofstream(path, std::ios::binary) << "line1\nline2\r\n";
  EXPECT_EQ(ResolveSecret("file:" + path)->Reveal(), "line1\nline2");
  std::ofstream(path, std::ios::binary) << "\n";
  EXPECT_FALSE(ResolveSecret("file:" + path).ok());
  std::ofstream(path, std::ios::binary) << std::string(kMaxSecretBytes + 1, 'x');
  EXPECT_FALSE(ResolveSecret("file:" + path).ok());
  EXPECT_FALSE(ResolveSecret("file:/no/such/file").ok());
}

TEST(SecretReferenceTest, ReadsTheEnvironment) {
  EXPECT_FALSE(ResolveSecret("env:PATH")->Reveal().empty());
  EXPECT_FALSE(ResolveSecret("env:SLUICE_TEST_SURELY_NOT_SET").ok());
  EXPECT_FALSE(ResolveSecret("env:").ok());
}

TEST(SecretReferenceTest, RefusesTheSecretItselfWithoutRepeatingIt) {
  const absl::Status status = ResolveSecret("hunter2").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.ToString().find("hunter2"), std::string::npos);
}

TEST(StoreSealerTest, TheKeyIsKeptOverRestarts) {
  SystemRandom random;
  Settings settings;
  settings.data_dir = FreshDirectory();
  ASSERT_TRUE(EnsurePrivateDirectory(settings.data_dir).ok());
  const auto first = StoreSealer::Make(settings, &random);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string sealed = (*first)->Seal("mandate-1", "merchants/m/accountLinks/l");
  EXPECT_EQ(sealed.find("mandate"), std::string::npos);

  const auto second = StoreSealer::Make(settings, &random);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*(*second)->Open(sealed, "merchants/m/accountLinks/l"), "mandate-1");
  EXPECT_FALSE((*second)->Open(sealed, "merchants/m/accountLinks/other").ok());
  EXPECT_EQ(ModeOf(settings.data_dir + "/seal.key"), 0600);

  // Marks go into requests that have to be the same after a restart.
  const std::string path = "/return/demo/order/A-1";
  const std::string mark = (*first)->Mark(path);
  EXPECT_EQ(mark.size(), 16u) << "96 bits";
  EXPECT_EQ(mark.find_first_of("+/="), std::string::npos) << mark;
  EXPECT_EQ((*second)->Mark(path), mark);
  EXPECT_TRUE((*second)->IsMark(path, mark));
  EXPECT_FALSE((*second)->IsMark("/return/demo/order/A-2", mark));
  EXPECT_FALSE((*second)->IsMark(path, mark.substr(1)));
  EXPECT_FALSE((*second)->IsMark(path, ""));

  ASSERT_TRUE(WritePrivateFile(settings.data_dir + "/seal.key", "short").ok());
  EXPECT_EQ(StoreSealer::Make(settings, &random).status().code(),
            absl::StatusCode::kInvalidArgument);

  settings.seal_key = Redacted(std::string(32, 'k'));
  EXPECT_NE((*StoreSealer::Make(settings, &random))->Mark(path), mark);
}

}  // namespace
}  // namespace sluice
