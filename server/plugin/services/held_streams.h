#pragma once

#include <memory>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace bellwether {

/// A stream that stays open until the caller leaves or the server stops.
class HeldStream {
 public:
  virtual ~HeldStream() = default;
  /// Ends the stream; later calls do nothing.
  virtual void Close() = 0;
};

/// The streams that would keep a stopping server waiting. Safe to use from any thread.
class HeldStreams {
 public:
  /// A stream that comes after CloseAll is closed at once.
  void Add(const std::shared_ptr<HeldStream>& stream);
  void Remove(const std::shared_ptr<HeldStream>& stream);
  void CloseAll();

 private:
  absl::Mutex mutex_;
  std::set<std::shared_ptr<HeldStream>> streams_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace bellwether
