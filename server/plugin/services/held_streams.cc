#include "server/plugin/services/held_streams.h"

namespace bellwether {

void HeldStreams::Add(const std::shared_ptr<HeldStream>& stream) {
  bool close = false;
  {
    absl::MutexLock lock(&mutex_);
    streams_.insert(stream);
    close = closed_;
  }
  if (close) {
    stream->Close();
  }
}

void HeldStreams::Remove(const std::shared_ptr<HeldStream>& stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(stream);
}

void HeldStreams::CloseAll() {
  std::set<std::shared_ptr<HeldStream>> open;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    open = streams_;
  }
  // Outside the lock: a stream that ends comes back through Remove.
  for (const std::shared_ptr<HeldStream>& stream : open) {
    stream->Close();
  }
}

}  // namespace bellwether
