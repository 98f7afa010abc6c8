// What the notifications of one provider are tried with: its goldens, the resources that they are
// about, and the provider's side, which answers our requests with what it holds to be true.
//
// Threads: constant. Ownership: the lists own their values; MakeDesk's desks live for ever.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/api/provider.h"
#include "server/core/names.h"
#include "server/wire/http.h"

namespace sluice::notices {

class NoticeWorld;

// The provider's words for what is true of the order (payout, link) and of the refund.
struct Truth {
  std::string resource, refund;
};

struct Notice {
  std::string name;
  RawRequest request;
  ResourceKind kind = ResourceKind::kOrder;
};

// Notices that one life of a resource brings, and what is true at its end.
struct History {
  std::string name;
  std::vector<std::string> notices;
  Truth end;
};

enum class Signer {
  kProvider,       // As the provider signs for our account now.
  kOldKey,         // With a key that our account no longer has.
  kOtherMerchant,  // A notice to another merchant of the provider, truly signed for that one.
};

// What a change of one byte may do.
enum class Change {
  kCovered,   // It must be refused.
  kHarmless,  // The wire format gives the bytes the same meaning: it is the golden itself.
  kWeak,      // Not covered by the signature: refused, or asked about and the truth stands.
  kOpen,      // Not covered, and the provider has nothing that it could be asked: a known gap.
};

using Replacements = std::vector<std::pair<std::string, std::string>>;

class Desk {
 public:
  virtual ~Desk() = default;

  virtual std::string provider() const = 0;
  // Of our account; `with_other_key`: as it was before its key was changed.
  virtual std::shared_ptr<const Provider> Backend(bool with_other_key) const = 0;
  virtual std::vector<Notice> Goldens() const = 0;
  virtual std::vector<History> Histories() const = 0;
  // What is true while the resources that a golden is about wait for news.
  virtual Truth Waiting(const Notice& notice) const = 0;
  // Creates these resources through the engine.
  virtual void Create(NoticeWorld& world, const Notice& notice) const = 0;
  virtual HttpReply Answer(const HttpRequest& request, const Truth& truth) const = 0;

  // The golden with texts of its body replaced, signed anew.
  virtual RawRequest Resigned(const Notice& notice, const Replacements& replaced,
                              Signer signer) const = 0;
  virtual Replacements OtherAmount() const = 0;
  virtual Replacements OtherCurrency() const = 0;

  // The header that holds the signature; empty: it is in the body.
  virtual std::string_view signature_header() const { return {}; }
  // Of the golden's body to this one. Told by what the documents say is signed, not by our code.
  virtual Change ChangeOf(const Notice& golden, const std::string& body) const = 0;
};

const Desk& PaybyDesk();
const Desk& NicepayDesk();
const Desk& EpayDesk();

}  // namespace sluice::notices
