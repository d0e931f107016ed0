#pragma once

#include <cstddef>
#include <functional>

#include "server/base/time/cancellation.h"
#include "server/plugin/dispatch/fault_barrier.h"
#include "server/plugin/dispatch/worker_pool.h"
#include "server/plugin/request/query_batch.h"
#include "server/query/query_service.h"

namespace bellwether {

/// Answers batches of queries: several at once on the pool's threads, each on its own, so that one bad query never
/// harms the others. Safe to use from any thread.
class QueryDispatcher {
 public:
  struct Options {
    size_t queries_max = 100;   ///< of one batch; later ones are refused with a 400
    size_t concurrent_max = 2;  ///< queries of one batch that run at the same time
  };

  /// All must outlive the dispatcher and every batch it was given.
  QueryDispatcher(const QueryService& queries, WorkerPool& pool, FaultBarrier& barrier, Options options);

  /// Calls `done` exactly once with an answer for every refId of `batch`: on a thread of the pool, or before returning
  /// when there is nothing to run. `done` must not throw.
  void Dispatch(QueryBatch batch, Cancellation cancellation, std::function<void(BatchAnswer)> done) const;

 private:
  struct Run;
  static void Work(Run& run);

  const QueryService& queries_;
  WorkerPool& pool_;
  FaultBarrier& barrier_;
  const Options options_;
};

/// Runs one query and encodes its frames.
[[nodiscard]] EncodedAnswer AnswerQuery(const QueryService& queries, const QueryRequest& request,
                                        const DataSourceSettings& settings, FrameFormat format,
                                        const Cancellation& cancellation);

/// The answer that says why there is none. `status` is not OK.
[[nodiscard]] EncodedAnswer FailedAnswer(const absl::Status& status, FrameFormat format);

}  // namespace bellwether
