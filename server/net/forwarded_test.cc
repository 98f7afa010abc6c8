#include "server/net/forwarded.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace sluice::net {
namespace {

constexpr char kProxy[] = "127.0.0.1";

IpAllowList Trusted() { return IpAllowList::Parse({"127.0.0.0/8", "10.0.0.0/8", "::1"}).value(); }

Caller Find(const std::string& peer, const std::vector<std::string>& forwarded) {
  HttpHeaders headers = {{"Host", "pay.example"}, {"Forwarded", "for=198.51.100.99"}};
  for (const std::string& value : forwarded) headers.emplace_back("x-forwarded-FOR", value);
  return FindCaller(Trusted(), peer, headers);
}

TEST(ForwardedTest, ATrustedProxySpeaksForItsCaller) {
  EXPECT_EQ(Find(kProxy, {"203.0.113.7"}).address, "203.0.113.7");
  EXPECT_EQ(Find("::1", {"203.0.113.7"}).address, "203.0.113.7");
  EXPECT_EQ(Find("::ffff:127.0.0.1", {"\t203.0.113.7 "}).address, "203.0.113.7");
  EXPECT_EQ(Find(kProxy, {"2001:DB8:0::1"}).address, "2001:db8::1") << "in its usual form";
  EXPECT_TRUE(Find(kProxy, {"203.0.113.7"}).known);
}

TEST(ForwardedTest, APeerThatIsNotTrustedSpeaksForItself) {
  for (const char* said : {"203.0.113.7", "127.0.0.1", "garbage", ""}) {
    const Caller caller = Find("198.51.100.1", {said});
    EXPECT_EQ(caller.address, "198.51.100.1") << said;
    EXPECT_TRUE(caller.known) << said;
  }
  EXPECT_EQ(FindCaller({}, kProxy, {{"X-Forwarded-For", "203.0.113.7"}}).address, kProxy)
      << "nobody is trusted";
}

TEST(ForwardedTest, OfSeveralHopsTheLastThatIsNotTrustedCounts) {
  EXPECT_EQ(Find(kProxy, {"203.0.113.7, 198.51.100.1"}).address, "198.51.100.1")
      << "the caller may write what it likes before that";
  EXPECT_EQ(Find(kProxy, {"203.0.113.7, 198.51.100.1, 10.1.2.3,10.1.2.4"}).address, "198.51.100.1");
  EXPECT_EQ(Find(kProxy, {"203.0.113.7", "198.51.100.1", "10.1.2.3"}).address, "198.51.100.1")
      << "over several headers";
  EXPECT_EQ(Find(kProxy, {"garbage, 198.51.100.1"}).address, "198.51.100.1");
  EXPECT_TRUE(Find(kProxy, {"garbage, 198.51.100.1"}).known);
}

TEST(ForwardedTest, ProxiesAmongThemselvesSpeakForTheFurthest) {
  EXPECT_EQ(Find(kProxy, {"10.0.0.9, 10.0.0.1"}).address, "10.0.0.9");
  EXPECT_EQ(Find(kProxy, {}).address, kProxy);
  EXPECT_TRUE(Find(kProxy, {}).known);
}

TEST(ForwardedTest, WhatCannotBeReadLeavesThePeerAndSaysSo) {
  for (const char* said :
       {"", ",", "unknown", "203.0.113.7,", "203.0.113.7, _hidden", "203.0.113.7:4711", "203.0.113",
        "203.0.113.7 198.51.100.1", "203.0.113.7, garbage, 10.0.0.1"}) {
    const Caller caller = Find(kProxy, {said});
    EXPECT_EQ(caller.address, kProxy) << said;
    EXPECT_FALSE(caller.known) << said;
  }
  EXPECT_FALSE(Find(kProxy, {"203.0.113.7", "garbage"}).known) << "the last header is the nearest";
}

}  // namespace
}  // namespace sluice::net
