#include "server/core/stable_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sluice {
namespace {

// The key of the published vectors: bytes 00 to 0f, read as little-endian words.
constexpr SipKey kVectorKey = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

// The messages of the published vectors: bytes 00, 01, 02, ...
std::string Message(int size) {
  std::string message;
  for (int i = 0; i < size; ++i) message.push_back(static_cast<char>(i));
  return message;
}

TEST(SipHashTest, Vectors64) {
  EXPECT_EQ(SipHash64(kVectorKey, Message(0)), 0x726fdb47dd0e0e31);
  EXPECT_EQ(SipHash64(kVectorKey, Message(1)), 0x74f839c593dc67fd);
  EXPECT_EQ(SipHash64(kVectorKey, Message(7)), 0xab0200f58b01d137);
  EXPECT_EQ(SipHash64(kVectorKey, Message(8)), 0x93f5f5799a932462);
  EXPECT_EQ(SipHash64(kVectorKey, Message(15)), 0xa129ca6149be45e5);
  EXPECT_EQ(SipHash64(kVectorKey, Message(63)), 0x958a324ceb064572);
}

TEST(SipHashTest, Vectors128) {
  EXPECT_EQ(SipHash128(kVectorKey, Message(0)), (Hash128{0xe6a825ba047f81a3, 0x930255c71472f66d}));
  EXPECT_EQ(SipHash128(kVectorKey, Message(1)), (Hash128{0x44af996bd8c187da, 0x45fc229b11597634}));
  EXPECT_EQ(SipHash128(kVectorKey, Message(7)), (Hash128{0x53c1dbd8beebf1a1, 0x3982f01fa64ab8c0}));
  EXPECT_EQ(SipHash128(kVectorKey, Message(8)), (Hash128{0x61f55862baa9623b, 0xb49714f364e2830f}));
  EXPECT_EQ(SipHash128(kVectorKey, Message(15)), (Hash128{0x11a8b03399e99354, 0xd9c3cf970fec087e}));
  EXPECT_EQ(SipHash128(kVectorKey, Message(63)), (Hash128{0x4a83502f77d15051, 0x7cbd3f979a063e50}));
}

// Stored fingerprints and callers' cursors hold these: the values must never change. They were made
// by another implementation of SipHash.
TEST(StableHashTest, NeverChanges) {
  EXPECT_EQ(StableHash64(""), 0xbba61d938793a10c);
  EXPECT_EQ(StableHash64("order.paid"), 0xa12f53c45dffa014);
  EXPECT_EQ(StableHash128(""), (Hash128{0xe479b92ca2f0c935, 0xa387fba07cccef94}));
  EXPECT_EQ(StableHash128("order.paid"), (Hash128{0x90a78c8aa7b677bc, 0x9d89eaa84d18ab91}));
}

TEST(StableHashTest, DistinguishesLengthsOfZeroBytes) {
  std::set<uint64_t> seen;
  for (size_t size = 0; size < 64; ++size) seen.insert(StableHash64(std::string(size, '\0')));
  EXPECT_EQ(seen.size(), 64u);
}

}  // namespace
}  // namespace sluice
