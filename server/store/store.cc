#include "server/store/store.h"

namespace sluice::store {

std::string_view StateName(NotificationState state) {
  switch (state) {
    case NotificationState::kReceived:
      return "RECEIVED";
    case NotificationState::kProcessed:
      return "PROCESSED";
    case NotificationState::kDuplicate:
      return "DUPLICATE";
    case NotificationState::kUnmatched:
      return "UNMATCHED";
    case NotificationState::kRejected:
      return "REJECTED";
  }
  return "UNSPECIFIED";
}

}  // namespace sluice::store
