// The laws that every provider keeps. A provider's conformance_test.cc writes its Traits (see
// fixture.h) and one line:
//
//   SLUICE_PROVIDER_CONFORMANCE(PayBy, PayByTraits);
//
// in namespace sluice::conformance. Golden messages live in the provider's testdata.
//
// Threads: tests run on one thread unless they say otherwise. Ownership: the fixture owns all.

#pragma once

#include "tests/conformance/provider/account_laws.h"
#include "tests/conformance/provider/notification_laws.h"
#include "tests/conformance/provider/reply_laws.h"
#include "tests/conformance/provider/request_laws.h"

#define SLUICE_PROVIDER_CONFORMANCE(Name, Traits)                 \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, RequestLaws, Traits);      \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, ReplyLaws, Traits);        \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, NotificationLaws, Traits); \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, AccountLaws, Traits)
