#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "server/analytics/anomaly/cycle_search.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// Watches in which rows N series are high, for FindCycle: kCycleRows of every 2 * kCycleRows rows, since neighbouring
/// ones tell the same. High is what lies above the middle of two envelopes that close in on each other, so that short
/// pulses count and long halves do. Some 80 bytes a series.
template <size_t N = 1>
class CycleWatch {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  /// Begins the next row in the lanes of `started`, whatever is in it. Returns the lanes that have watched kCycleRows
  /// rows by now.
  BELLWETHER_LANES_INLINE Mask Advance(Mask started, float rows_per_day) {
    const Int before = rows_.Load();
    rows_ = L::Select(started, (before + 1) & kCounted, before);
    const Mask whole = started & ((before & (kWord - 1)) == 0);
    Mask watched = L::SplatMask(false);
    if (L::Any(whole)) {
      watched = Turn(before, whole, rows_per_day);
    }
    if (watching_ != 0) {
      bits_ = bits_.Load() << 1;
    }
    return watched;
  }

  /// Whether the row at hand matters in any lane.
  [[nodiscard]] bool Watching() const { return watching_ != 0; }

  /// Takes the distance of the row at hand from what is usual in the lanes of `active`; `scale` is the usual one. Rows
  /// that are not given are not high.
  BELLWETHER_LANES_INLINE void Watch(Float distance, Float scale, Mask active) {
    const Float far = kFar * scale;
    const Float own = Clip<Float>(distance, -far, far);
    const Float nearer = (up_.Load() - down_.Load()) * (1.0f / kCycleRows);
    const Float up = Most<Float>(own, up_.Load() - nearer);
    const Float down = Least<Float>(own, down_.Load() + nearer);
    up_ = L::Select(active, up, up_.Load());
    down_ = L::Select(active, down, down_.Load());
    const Mask high = active & (own + own > up + down);
    bits_ = bits_.Load() | L::Select(high, L::Splat(1), L::Splat(0));
  }

  /// The rows that were watched last.
  [[nodiscard]] CycleBits BitsOf(size_t lane) const {
    CycleBits bits{};
    for (size_t i = 0; i < bits.size(); ++i) {
      bits[i] = static_cast<uint64_t>(high_[lane][2 * i]) << 32 | high_[lane][2 * i + 1];
    }
    return bits;
  }

  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    auto watches = static_cast<uint8_t>(watching_ >> lane & 1);
    auto bits = static_cast<uint32_t>(bits_.at[lane]);
    visit(rows_.at[lane]), visit(watches), visit(bits), visit(up_.at[lane]), visit(down_.at[lane]);
    Watch(lane, watches != 0);
    bits_.at[lane] = static_cast<int32_t>(bits);
    for (uint32_t& one : high_[lane]) {
      visit(one);
    }
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    return rows_.at[lane] >= 0 && rows_.at[lane] <= kCounted && std::abs(up_.at[lane]) <= 1e36f && std::abs(down_.at[lane]) <= 1e36f;
  }

 private:
  static constexpr int32_t kCounted = (1 << 20) - 1;  // rows; then from the beginning
  static constexpr int32_t kWord = 32;                // rows
  static constexpr float kLongestWait = 2'048;        // rows
  static constexpr float kFar = 8;                    // usual distances that one counts at most

  /// After a whole number of words. A cycle is looked for once a day was seen: what is left of a season before may seem
  /// to be one.
  __attribute__((noinline)) Mask Turn(Int before, Mask whole, float rows_per_day) {
    constexpr auto kRows = static_cast<int32_t>(kCycleRows);
    LaneInts<N> looks;
    ForLanes<N>(whole, [&](size_t lane) {
      const int32_t row = L::At(before, lane);
      const int32_t within = row % (2 * kRows);
      const bool watches = (watching_ >> lane & 1) != 0;
      if (watches) {
        high_[lane][static_cast<size_t>((within / kWord + kRows / kWord - 1) % (kRows / kWord))] =
            static_cast<uint32_t>(bits_.at[lane]);
      }
      if (within == kRows) {
        looks.at[lane] = watches ? 1 : 0;
        Watch(lane, false);
      } else if (within == 0 && static_cast<float>(row + kRows) >= Least(rows_per_day, kLongestWait)) {
        Watch(lane, true);
        up_.at[lane] = 0;
        down_.at[lane] = 0;
      }
    });
    return looks.Load() != 0;
  }

  void Watch(size_t lane, bool watches) {
    watching_ = (watching_ & ~(1u << lane)) | (watches ? 1u << lane : 0u);
  }

  LaneInts<N> rows_;
  uint32_t watching_ = 0;  // a bit a lane
  LaneInts<N> bits_;  // of the rows at hand, the last one lowest
  LaneFloats<N> up_;
  LaneFloats<N> down_;
  uint32_t high_[N][kCycleRows / kWord] = {};
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
