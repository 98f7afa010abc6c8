// The wallets that EPAY pays out to, and its numbers for them.
//
// Threads: constant. Ownership: static.

#pragma once

#include <array>
#include <string_view>

namespace sluice::epay {

struct Wallet {
  std::string_view wallet;  // Our word.
  std::string_view display_name;
  std::string_view channel_code;  // EPAY's channelCode: text, although it is a number.
};

inline constexpr std::array<Wallet, 4> kWallets = {{
    {"perfect-money", "Perfect Money", "11"},
    {"advcash", "Advcash", "12"},
    {"payeer", "Payeer", "16"},
    {"fasapay", "FasaPay", "18"},
}};

// nullptr when it is none of them.
constexpr const Wallet* FindWallet(std::string_view wallet) {
  for (const Wallet& each : kWallets) {
    if (each.wallet == wallet) return &each;
  }
  return nullptr;
}

}  // namespace sluice::epay
