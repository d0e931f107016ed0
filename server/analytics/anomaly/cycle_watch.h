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
/// pulses count and long halves do. Some 90 bytes a series.
template <size_t N = 1>
class CycleWatch {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  /// A lane begins with the next row.
  void Start(size_t lane) {
    Mark(started_, lane, true);
    begun_[lane] = row_;
    turn_ = row_;
  }

  /// Begins the next row, whatever is in it. Returns the lanes that have watched kCycleRows rows by now.
  BELLWETHER_LANES_INLINE Mask Advance(float rows_per_day) {
    Mask watched = L::SplatMask(false);
    if (row_ == turn_) {
      watched = Turn(rows_per_day);
    }
    ++row_;
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
    auto bits = static_cast<uint32_t>(bits_.at[lane]);
    visit(row_), visit(turn_), visit(started_), visit(watching_), visit(begun_[lane]), visit(bits);
    bits_.at[lane] = static_cast<int32_t>(bits);
    visit(up_.at[lane]), visit(down_.at[lane]);
    for (uint32_t& one : high_[lane]) {
      visit(one);
    }
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    constexpr uint32_t kLanes = (uint32_t{1} << N) - 1;
    return turn_ - row_ <= kWord && (started_ & ~kLanes) == 0 && (watching_ & ~uint32_t{started_}) == 0 &&
           std::abs(up_.at[lane]) <= 1e36f && std::abs(down_.at[lane]) <= 1e36f;
  }

 private:
  static constexpr uint32_t kWord = 32;         // rows
  static constexpr float kLongestWait = 2'048;  // rows
  static constexpr float kFar = 8;              // usual distances that one counts at most

  /// Where some lane has a whole number of words, and where the next one has. A cycle is looked for once a day was
  /// seen: what is left of a season before may seem to be one.
  __attribute__((noinline)) Mask Turn(float rows_per_day) {
    constexpr auto kRows = static_cast<uint32_t>(kCycleRows);
    LaneInts<N> looks;
    uint32_t next = kWord;
    for (size_t lane = 0; lane < N; ++lane) {
      const uint32_t row = row_ - begun_[lane];
      if ((started_ >> lane & 1) == 0) {
        continue;
      }
      next = Least(next, kWord - row % kWord);
      if (row % kWord != 0) {
        continue;
      }
      const uint32_t within = row % (2 * kRows);
      const bool watches = (watching_ >> lane & 1) != 0;
      if (watches) {
        high_[lane][(within / kWord + kRows / kWord - 1) % (kRows / kWord)] = static_cast<uint32_t>(bits_.at[lane]);
      }
      if (within == kRows) {
        looks.at[lane] = watches ? 1 : 0;
        Mark(watching_, lane, false);
      } else if (within == 0 && static_cast<float>(row + kRows) >= Least(rows_per_day, kLongestWait)) {
        Mark(watching_, lane, true);
        up_.at[lane] = 0;
        down_.at[lane] = 0;
      }
    }
    turn_ = row_ + next;
    return looks.Load() != 0;
  }

  static void Mark(uint16_t& lanes, size_t lane, bool on) {
    static_assert(N <= 16);
    const uint32_t bit = 1u << lane;
    lanes = static_cast<uint16_t>(on ? lanes | bit : lanes & ~bit);
  }

  uint32_t row_ = 0;
  uint32_t turn_ = 0;      // the row before which some lane has a whole number of words
  uint16_t started_ = 0;   // a bit a lane
  uint16_t watching_ = 0;  // likewise
  LaneInts<N> bits_;       // of the rows at hand, the last one lowest
  LaneFloats<N> up_;
  LaneFloats<N> down_;
  uint32_t begun_[N] = {};  // the row before the first
  uint32_t high_[N][kCycleRows / kWord] = {};
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
