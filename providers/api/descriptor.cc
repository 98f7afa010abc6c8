#include "providers/api/descriptor.h"

#include <algorithm>

namespace sluice {

const WalletCapability* Descriptor::FindWallet(std::string_view wallet) const {
  const auto found =
      std::find_if(wallets.begin(), wallets.end(),
                   [&](const WalletCapability& capability) { return capability.wallet == wallet; });
  return found == wallets.end() ? nullptr : &*found;
}

}  // namespace sluice
