#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "server/analytics/anomaly/state_record.h"
#include "tests/fuzz/detector_rows.h"

namespace bellwether {

/// Bytes of a record before the name of its method: magic, version, size of the name; the state's size follows it.
inline constexpr size_t kStateBeforeName = 8;
inline constexpr size_t kStateFrame = kStateBeforeName + sizeof(uint32_t);

/// The state within a true record.
inline std::string StateOf(std::string_view method, const std::string& record) {
  const size_t begin = kStateFrame + method.size();
  return record.substr(begin, record.size() - begin - sizeof(uint32_t));
}

/// A state in a record whose version and checksum fit, as those of the true record do.
inline std::string FramedState(std::string_view method, const std::string& true_record, std::string_view state) {
  uint16_t version = 0;
  std::memcpy(&version, true_record.data() + 4, sizeof(version));
  return WrapState(method, version, state);
}

/// Up to four changes of a state: eight bytes each, anywhere.
class StateChanges {
 public:
  StateChanges(FuzzBytes& bytes, size_t count) : count_(std::min(count, changes_.size())) {
    for (size_t k = 0; k < count_; ++k) {
      changes_[k].at = bytes.Take<uint16_t>();
      changes_[k].bits = bytes.Take<uint64_t>();
    }
  }

  void Apply(std::string& state) const {
    for (size_t k = 0; k < count_; ++k) {
      const size_t at = changes_[k].at % state.size();
      std::memcpy(state.data() + at, &changes_[k].bits, std::min(sizeof(uint64_t), state.size() - at));
    }
  }

 private:
  struct Change {
    uint16_t at;
    uint64_t bits;
  };
  std::array<Change, 4> changes_{};
  size_t count_;
};

}  // namespace bellwether
