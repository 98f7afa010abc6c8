// Lists of resources, read from the store and not through the cache.
//
// Threads: safe from any thread; the read runs on the readers' executor.
// Ownership: values.

#pragma once

#include <string>
#include <utility>

#include "server/app/engine_core.h"
#include "server/core/codec.h"
#include "server/core/error.h"

namespace sluice::app {

template <typename T>
void ListResources(const CorePtr& core, ResourceKind kind, ListRequest request,
                   Reply<Page<T>> reply) {
  auto shared_reply = std::make_shared<Reply<Page<T>>>(std::move(reply));
  const bool posted =
      core->deps().readers->TryPost([core, kind, request = std::move(request), shared_reply] {
        store::ListQuery query;
        query.kind = kind;
        query.parent = request.parent;
        query.states = request.states;
        query.create_time_from = request.create_time_from;
        query.create_time_before = request.create_time_before;
        query.limit = request.limit;
        query.after = request.page;
        absl::StatusOr<store::ListPage> read = core->deps().store->List(query);
        if (!read.ok()) {
          const bool callers = absl::IsInvalidArgument(read.status());
          return (*shared_reply)(callers ? read.status()
                                         : StoreUnavailable("the store cannot read now", false));
        }
        Page<T> page;
        page.items.reserve(read->records.size());
        for (const store::Record& record : read->records) {
          absl::StatusOr<T> resource = DecodeBody<T>(record.body);
          if (!resource.ok()) return (*shared_reply)(resource.status());
          page.items.push_back(*std::move(resource));
        }
        page.next_page = std::move(read->next);
        (*shared_reply)(std::move(page));
      });
  if (!posted) (*shared_reply)(Overloaded("too many reads", absl::Milliseconds(200)));
}

// Asks the provider about a resource for a caller.
void SyncResource(const CorePtr& core, ResourceKind kind, std::string name, absl::Duration wait,
                  Answer answer);

}  // namespace sluice::app
