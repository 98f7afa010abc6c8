#include "providers/api/descriptor.h"

#include "gtest/gtest.h"

namespace sluice {
namespace {

TEST(DescriptorTest, FindsAWalletByItsExactWord) {
  Descriptor descriptor;
  descriptor.wallets = {{.wallet = "botim", .display_name = "BOTIM"},
                        {.wallet = "payby", .display_name = "PayBy"}};

  ASSERT_NE(descriptor.FindWallet("payby"), nullptr);
  EXPECT_EQ(descriptor.FindWallet("payby")->display_name, "PayBy");
  EXPECT_EQ(descriptor.FindWallet("botim")->display_name, "BOTIM");
  EXPECT_EQ(descriptor.FindWallet("PayBy"), nullptr);
  EXPECT_EQ(descriptor.FindWallet("pay"), nullptr);
  EXPECT_EQ(descriptor.FindWallet(""), nullptr);
  EXPECT_EQ(Descriptor().FindWallet("payby"), nullptr);
}

}  // namespace
}  // namespace sluice
