#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/status.h"

namespace bellwether {

/// Threads that help queries of many series: a bounded number for the whole process, shared by all queries that run at
/// the same time. They start when there is work for them and then stay. Safe to use from any thread.
class SeriesWorkers {
 public:
  /// At most `helpers_max` threads beside those that ask; 0 = the asking thread does everything.
  explicit SeriesWorkers(size_t helpers_max);
  /// Nobody may be inside Run.
  ~SeriesWorkers();
  SeriesWorkers(const SeriesWorkers&) = delete;
  SeriesWorkers& operator=(const SeriesWorkers&) = delete;

  /// As many helpers as there are processors that this process may use, less the one that asks.
  [[nodiscard]] static size_t HelpersForThisMachine();

  /// Threads that a query may have: the helpers and the one that asks.
  [[nodiscard]] size_t threads() const { return threads_; }

  /// Calls `task(i)` once for each i below `count`, in this order, on the calling thread and on those helpers that are
  /// free, and returns when all calls have returned. `may_go_on` is asked before each call, on any of the threads; once
  /// it is not OK no further call begins, and its status is returned. What a task throws ends the others in the same
  /// way and is thrown here.
  [[nodiscard]] absl::Status Run(size_t count, const std::function<void(size_t)>& task,
                                 const std::function<absl::Status()>& may_go_on);

 private:
  class Crew;
  const size_t threads_;
  const std::unique_ptr<Crew> crew_;
};

}  // namespace bellwether
