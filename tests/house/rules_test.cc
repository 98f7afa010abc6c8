// Every rule finds what breaks it, and lets pass what only looks like it.
#include "tests/house/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/house/functions.h"

namespace sluice::house {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Repeat(int times, const std::string& text) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

size_t Count(Rule rule, const std::string& path, const std::string& text) {
  return rule(MakeFile(path, text)).size();
}

TEST(BlankTest, CommentsAndLiteralsBecomeBlanksOfTheSameShape) {
  EXPECT_EQ(BlankCommentsAndLiterals("a(\"x;y\"); // rand()\nb"), "a(     );          \nb");
  EXPECT_EQ(BlankCommentsAndLiterals("x = '\\''; /* a\nb */ y"), "x =     ;     \n     y");
  EXPECT_EQ(BlankCommentsAndLiterals("n = 1'000'000;"), "n = 1'000'000;");
  EXPECT_EQ(BlankCommentsAndLiterals("R\"x(a\")\" b)x\" c"), std::string(14, ' ') + "c");
  EXPECT_EQ(BlankCommentsAndLiterals("#include \"a.h\"\n\"s\""), "#include \"a.h\"\n   ");
}

TEST(FunctionsTest, FindsBodiesNotTypesOrInitialisers) {
  EXPECT_THAT(FindFunctions("namespace a {\nstruct S {\n int x{1};\n};\n}\n"), IsEmpty());
  const auto found = FindFunctions(
      "Foo::Foo(int x)\n    : a_{x}, b_(x) {\n  if (x) {\n    for (;;) {\n    }\n  }\n}\n"
      "template <class T>\nvoid F(T t) const {\n}\n");
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].first_line, 2);
  EXPECT_EQ(found[0].last_line, 7);
  EXPECT_EQ(found[0].depth, 2);
  EXPECT_EQ(found[1].first_line, 9);
}

TEST(FunctionsTest, FindsMethodsAndTestsAndIgnoresDirectives) {
  EXPECT_THAT(FindFunctions("class C final {\n public:\n  int X() const override { return 1; }\n"
                            "  std::vector<int> y_ = {1, 2};\n};\n"),
              SizeIs(1));
  EXPECT_THAT(FindFunctions("#define M(x) { x\nTEST(A, B) {\n}\n"), SizeIs(1));
}

TEST(RuleTest, FileIsShort) {
  EXPECT_EQ(Count(FileIsShort, "server/a/a.cc", Repeat(501, "x\n")), 1);
  EXPECT_EQ(Count(FileIsShort, "server/a/a.cc", Repeat(500, "x\n")), 0);
  EXPECT_EQ(Count(FileIsShort, "server/a/a.h", Repeat(301, "x\n")), 1);
  EXPECT_EQ(Count(FileIsShort, "server/a/a_test.cc", Repeat(800, "x\n")), 0);
  EXPECT_EQ(Count(FileIsShort, "server/a/a_test.cc", Repeat(801, "x\n")), 1);
  EXPECT_EQ(Count(FileIsShort, "dev", Repeat(501, "x\n")), 1);
}

TEST(RuleTest, LinesAreNarrow) {
  EXPECT_EQ(Count(LinesAreNarrow, "a.cc", std::string(101, 'x')), 1);
  EXPECT_EQ(Count(LinesAreNarrow, "a.cc", Repeat(100, "é")), 0) << "characters, not bytes";
  EXPECT_EQ(Count(LinesAreNarrow, "a.cc", "#include \"" + std::string(101, 'x') + "\""), 0);
}

TEST(RuleTest, FunctionsAreShortAndShallow) {
  EXPECT_EQ(Count(FunctionsAreShort, "a.cc", "void F() {\n" + Repeat(69, "x;\n") + "}\n"), 1);
  EXPECT_EQ(Count(FunctionsAreShort, "a.cc", "void F() {\n" + Repeat(68, "x;\n") + "}\n"), 0);
  const auto nested = [](int depth) {
    return "void F() {" + Repeat(depth, "if (a) {") + Repeat(depth, "}") + "}";
  };
  EXPECT_EQ(Count(FunctionsAreShallow, "a.cc", nested(5)), 1);
  EXPECT_EQ(Count(FunctionsAreShallow, "a.cc", nested(4)), 0);
}

TEST(RuleTest, HeaderOpensWithItsPurpose) {
  EXPECT_EQ(Count(HeaderOpensWithItsPurpose, "a.h", "#pragma once\n"), 1);
  EXPECT_EQ(Count(HeaderOpensWithItsPurpose, "a.h", "// Money.\n#pragma once\n"), 1);
  EXPECT_EQ(Count(HeaderOpensWithItsPurpose, "a.h", Repeat(16, "// words words words\n")), 1);
  EXPECT_EQ(Count(HeaderOpensWithItsPurpose, "a.h",
                  "// An amount of one currency in its minor units. Values; thread-safe.\n"),
            0);
}

TEST(RuleTest, IncludesKeepTheLayers) {
  const auto count = [](const std::string& path, const std::string& included) {
    return Count(IncludesKeepTheLayers, path, absl::StrCat("#include \"", included, "\"\n"));
  };
  EXPECT_EQ(count("server/base/a.h", "server/core/money.h"), 1);
  EXPECT_EQ(count("server/core/a.cc", "server/base/clock.h"), 0);
  EXPECT_EQ(count("server/store/sqlite/a.cc", "server/store/store.h"), 0);
  EXPECT_EQ(count("server/app/a.cc", "server/store/store.h"), 0);
  EXPECT_EQ(count("server/app/a.cc", "server/store/sqlite/sqlite_store.h"), 1);
  EXPECT_EQ(count("server/app/a_test.cc", "server/store/sqlite/sqlite_store.h"), 0);
  EXPECT_EQ(count("server/rpc/a.cc", "providers/payby/backend.h"), 1);
  EXPECT_EQ(count("server/main/a.cc", "providers/payby/register.h"), 0);
  EXPECT_EQ(count("providers/payby/a.cc", "server/crypto/rsa.h"), 0);
  EXPECT_EQ(count("providers/payby/a.cc", "server/app/orders.h"), 1);
  EXPECT_EQ(count("providers/payby/a.cc", "providers/epay/backend.h"), 1);
  EXPECT_EQ(count("providers/payby/a_test.cc", "providers/epay/backend.h"), 1);
  EXPECT_EQ(count("providers/api/a.h", "providers/payby/backend.h"), 1);
  EXPECT_EQ(Count(IncludesKeepTheLayers, "server/base/a.h", "// #include \"server/app/a.h\"\n"), 0);
}

TEST(RuleTest, LibrariesStayInTheirFolders) {
  const auto count = [](const std::string& path, const std::string& included) {
    return Count(LibrariesStayInTheirFolders, path, absl::StrCat("#include <", included, ">\n"));
  };
  EXPECT_EQ(count("server/main/a.cc", "openssl/evp.h"), 1);
  EXPECT_EQ(count("server/crypto/a.cc", "openssl/evp.h"), 0);
  EXPECT_EQ(count("server/rpc/a.cc", "curl/curl.h"), 1);
  EXPECT_EQ(count("server/rpc/a.cc", "sqlite3.h"), 1);
  EXPECT_EQ(count("server/app/a.cc", "sluice/v1/order.pb.h"), 1);
  EXPECT_EQ(count("server/rpc/a.cc", "grpcpp/grpcpp.h"), 0);
  EXPECT_EQ(count("providers/payby/a.cc", "boost/url.hpp"), 1);
}

TEST(RuleTest, TimeAndChanceAreInjected) {
  for (const char* text : {"absl::Now()", "std::chrono::steady_clock::now()", "rand()",
                           "std::random_device d;", "getenv(x)", "time(nullptr)"}) {
    EXPECT_EQ(Count(TimeAndChanceAreInjected, "server/app/a.cc", text), 1) << text;
    EXPECT_EQ(Count(TimeAndChanceAreInjected, "server/base/a.cc", text), 0) << text;
  }
  for (const char* text : {"clock.Now()", "// rand()", "operand()", "expiry_time(x)"}) {
    EXPECT_EQ(Count(TimeAndChanceAreInjected, "providers/payby/a.cc", text), 0) << text;
  }
}

TEST(RuleTest, NothingSleeps) {
  const std::string sleeps = "std::this_thread::sleep_for(x);";
  EXPECT_EQ(Count(NothingSleeps, "server/net/a.cc", sleeps), 1);
  EXPECT_EQ(Count(NothingSleeps, "server/base/a_test.cc", sleeps), 1);
  EXPECT_EQ(Count(NothingSleeps, "server/base/a.cc", sleeps), 0);
}

TEST(RuleTest, MoneyIsExact) {
  EXPECT_EQ(Count(MoneyIsExact, "server/core/a.cc", "double x;"), 1);
  EXPECT_EQ(Count(MoneyIsExact, "providers/payby/a.cc", "float x;"), 1);
  EXPECT_EQ(Count(MoneyIsExact, "server/core/a.cc", "// double charge\nbool doubled;"), 0);
  EXPECT_EQ(Count(MoneyIsExact, "server/main/metrics.cc", "double seconds;"), 0);
}

TEST(RuleTest, NothingThrows) {
  EXPECT_EQ(Count(NothingThrows, "server/net/a.cc", "throw 1;"), 1);
  EXPECT_EQ(Count(NothingThrows, "server/net/a.cc", "} catch (const std::exception&) {"), 0);
}

TEST(RuleTest, SqlStaysInTheStore) {
  EXPECT_EQ(Count(SqlStaysInTheStore, "server/rpc/a.cc", "Run(\"SELECT 1\");"), 1);
  EXPECT_EQ(Count(SqlStaysInTheStore, "server/store/sqlite/a.cc", "Run(\"SELECT 1\");"), 0);
}

TEST(RuleTest, KnownTrapsAreAvoided) {
  EXPECT_EQ(Count(KnownTrapsAreAvoided, "server/base/a.cc", "absl::Mutex m;"), 1);
  EXPECT_EQ(Count(KnownTrapsAreAvoided, "server/rpc/a.cc", "o.set_buffer_hint();"), 1);
  EXPECT_EQ(Count(KnownTrapsAreAvoided, "server/rpc/a.cc", "snprintf(b, n, f);"), 0);
}

TEST(RuleTest, NamesSayWhat) {
  EXPECT_EQ(Count(NamesSayWhat, "server/app/a.h", "class OrderManager {"), 1);
  EXPECT_EQ(Count(NamesSayWhat, "server/app/string_util.h", ""), 1);
  EXPECT_EQ(Count(NamesSayWhat, "server/app/orders.h", "class Orders {"), 0);
}

TEST(RuleTest, NothingIsLeftForLater) {
  EXPECT_EQ(Count(NothingIsLeftForLater, "server/app/a.cc", absl::StrCat("// TO", "DO: x")), 1);
  EXPECT_EQ(Count(NothingIsLeftForLater, "server/app/a.cc", "// to do"), 0);
}

TEST(RuleTest, TheRepositoryIsPublic) {
  EXPECT_EQ(Count(TheRepositoryIsPublic, "README.md", absl::StrCat("see /wo", "rk/x")), 1);
  EXPECT_EQ(Count(TheRepositoryIsPublic, "a.json", absl::StrCat("https://regis", "try.corp/x")), 1);
  EXPECT_EQ(
      Count(TheRepositoryIsPublic, "a.json", absl::StrCat("https://regis", "try.npmjs.org/x")), 0);
  EXPECT_EQ(Count(TheRepositoryIsPublic, "README.md",
                  "server/wo"
                  "rk/x and 127.0.0.1:8080"),
            0);
}

}  // namespace
}  // namespace sluice::house
