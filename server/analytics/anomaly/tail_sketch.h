#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "server/analytics/anomaly/tail_law.h"
#include "server/analytics/anomaly/tail_law_lanes.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// A sketch of some 130 bytes a side of a stream of numbers that answers "how rare is one this far out?" and its
/// inverse, for N streams side by side. With two sides numbers above and below zero have their own histories and
/// surprises are two-sided; with one, numbers are magnitudes. Bins (four an octave, ten octaves) hold the bulk; above
/// the largest three percent the tail is a generalised Pareto law, fitted by probability-weighted moments (Hosking and
/// Wallis 1987, "Parameter and quantile estimation for the generalized Pareto distribution") and drawn to a weak prior;
/// that a stream's own tail be extrapolated so is the idea of SPOT (Siffer et al. 2017, "Anomaly detection in streams
/// with extreme value theory"). Nothing is called rarer than a hundredth of once in all that was seen. A bin is found
/// from the bits of the number: exponent and two bits of the mantissa. Old values fade: weights are halved whenever
/// they sum to 4,096 full values. Scale-free: the bins are placed by the first values. Zeros and everything below the
/// bins share bin 0.
template <size_t Sides, size_t N = 1>
class TailSketch {
  static_assert(Sides == 1 || Sides == 2);
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  static constexpr uint32_t kWarmUp = 32;   ///< values needed before it has an opinion
  static constexpr float kMaxSurprise = 6;  ///< surprises are cut here: no history shows rarer things

  /// -log10 of the chance of a number as far out (0 to kMaxSurprise; 0 until warm) by what was seen before it, then
  /// learns it with a weight of 0 to kFullWeight, for the lanes of `active`. `number` is finite, and at least 0 with
  /// one side. `overlap` says how many neighbouring numbers rest on the same values (means over rows): so many count as
  /// one.
  BELLWETHER_LANES_INLINE Float Observe(Float number, Int weight, Mask active, float overlap = 1) {
    const Int bits = L::Bits(number);
    const Int base = base_.Load();
    const Mask ready = active & (base != kUnplaced);
    const Int side = Sides == 2 ? Int((bits >> 31) & 1) : Int(bits & 0);
    const Int offset = Most<Int>((bits & kMagnitude) - base, bits & 0);
    const Int wide = offset >> kShift;
    // Beyond the last edge the line through the last two goes on: there the table is the tail.
    const Int bin = Least<Int>(wide, L::Splat(static_cast<int32_t>(kTailBins - 2)));
    const Float beyond = L::ToFloat(offset - (bin << kShift)) * kPerBin;
    const Int pair = L::Gather(surprise_, LaneStart() + side * static_cast<int32_t>(kTailBins) + bin);
    const Float left = L::ToFloat(pair & 0xff);
    const Float right = L::ToFloat((pair >> 8) & 0xff);
    Float surprise = (left + beyond * (right - left)) * kTailUnit - kTwoSided;
    surprise = Clip<Float>(surprise, L::Splat(0.0f), L::Splat(kMaxSurprise));
    surprise = L::Select(ready, surprise, L::Splat(0.0f));
    const Int own = LaneStart() + side * static_cast<int32_t>(kTailBins) +
                    Least<Int>(wide, L::Splat(static_cast<int32_t>(kTailBins - 1)));
    const Int counted = L::Select(ready, weight, bits & 0);
    AddTo<N>(&weight_[0][0], own, counted);
    total_ = total_.Load() + counted;
    const Int count = L::Select(ready, count_.Load() + 1, count_.Load());
    count_ = count;
    const Mask due = ready & (count >= refresh_at_.Load());
    if (L::Any(due)) {
      RefreshAll(due, overlap);
    }
    const Mask unplaced = active & (base == kUnplaced);
    if (L::Any(unplaced)) {
      const Mask early = unplaced & (count + 1 < static_cast<int32_t>(kWarmUp));
      count_ = L::Select(early, count + 1, count);
      ForLanes<N>(early & ((bits & kMagnitude) != 0) & (weight > 0),
                  [&](size_t lane) { Buffer(lane, static_cast<uint32_t>(L::At(bits, lane))); });
      ForLanes<N>(unplaced & L::Not(early), [&](size_t lane) {
        L::Set(surprise, lane, ObserveFirst(lane, static_cast<uint32_t>(L::At(bits, lane)), L::At(weight, lane)));
      });
      const Mask placed = unplaced & (base_.Load() != kUnplaced);
      if (L::Any(placed)) {
        RefreshAll(placed, overlap);
      }
    }
    return surprise;
  }
  Float Observe(Float number, uint32_t weight, float overlap = 1) requires(N == 1) {
    return Observe(number, static_cast<Int>(weight), true, overlap);
  }

  /// Brings the answers of a lane up to date with everything learned; Observe does so by itself every few values.
  __attribute__((noinline)) void Refresh(size_t lane = 0, float overlap = 1) {
    Prepare(lane);
    const TailTotals totals = {.base = static_cast<uint32_t>(base_.at[lane]),
                               .total = static_cast<uint32_t>(total_.at[lane]),
                               .per_value = 1.0f / static_cast<float>(kFullWeight) / overlap,
                               .sides = Sides};
    for (size_t side = 0; side < Sides; ++side) {
      FitTail(totals,
              {.weight = weight_[lane] + side * kTailBins, .surprise = surprise_ + (lane * Sides + side) * kTailBins});
    }
  }

  /// The magnitude that has this one-sided surprise on a side (0 = above zero, 1 = below); 0 until something other than
  /// zeros was seen.
  [[nodiscard]] float MagnitudeAt(float surprise, size_t side, size_t lane = 0) const {
    const int32_t base = base_.at[lane];
    return base == kUnplaced || side >= Sides
               ? 0.0f
               : TailMagnitude(surprise_ + (lane * Sides + side) * kTailBins, static_cast<uint32_t>(base), surprise);
  }

  [[nodiscard]] BELLWETHER_LANES_INLINE Mask IsWarm() const { return count_.Load() >= static_cast<int32_t>(kWarmUp); }
  [[nodiscard]] bool warm(size_t lane = 0) const { return count_.at[lane] >= static_cast<int32_t>(kWarmUp); }

  /// The largest version there is.
  static constexpr int32_t kMostVersion = (1 << 30) + 1024;
  /// Changes whenever the answers do, so that callers can keep what they derive from them.
  [[nodiscard]] Int version() const { return refresh_at_.Load(); }

  /// Leaves 1 / `divisor` of the weight of what was learned: what comes is judged by another model than what was.
  void Fade(uint32_t divisor, size_t lane = 0) {
    if (base_.at[lane] == kUnplaced) {
      return;
    }
    for (uint16_t& one : weight_[lane]) {
      one = static_cast<uint16_t>(one / divisor);
    }
    total_.at[lane] /= static_cast<int32_t>(divisor);  // zeros that came before the bins were placed are in no bin
    refresh_at_.at[lane] = count_.at[lane] + static_cast<int32_t>(kWarmUp);
  }

  /// Hands every member of a lane to `visit`, for saving and restoring. Valid afterwards says whether the values make
  /// sense.
  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    for (uint16_t& one : weight_[lane]) {
      visit(one);
    }
    for (size_t bin = 0; bin < Sides * kTailBins; ++bin) {
      visit(surprise_[lane * Sides * kTailBins + bin]);
    }
    visit(base_.at[lane]), visit(total_.at[lane]), visit(count_.at[lane]), visit(refresh_at_.at[lane]);
    visit(buffered_[lane]);
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    const int32_t count = count_.at[lane];
    const int32_t refresh_at = refresh_at_.at[lane];
    const bool counts = count >= 0 && count <= kMostVersion && refresh_at >= 0 && refresh_at <= kMostVersion;
    // What may still come before weights that sum to too much are halved.
    const int64_t ahead = counts ? Most(refresh_at - count, 0) * int64_t{kFullWeight} : 0;
    return counts && buffered_[lane] <= kTailBins && base_.at[lane] >= kUnplaced && base_.at[lane] < 0x7f800000 &&
           total_.at[lane] >= 0 &&
           total_.at[lane] + ahead <= kFullTotal + kMostAdded * static_cast<int64_t>(kFullWeight);
  }

 private:
  static constexpr int32_t kUnplaced = -1;
  static constexpr int32_t kMoved = 8;  // bins at a time
  static constexpr int kShift = tail_law::kTailShift;
  static constexpr int32_t kMagnitude = 0x7fffffff;
  static constexpr float kPerBin = 1.0f / (1 << kShift);
  static constexpr float kTwoSided = Sides == 2 ? 0.30103f : 0.0f;
  static constexpr int32_t kFullTotal = 4096 * static_cast<int32_t>(kFullWeight);  // halved then
  static constexpr int32_t kMostCounted = 1 << 30;
  static constexpr int32_t kMostAdded = 512;  // values between updates of the answers
  static constexpr float kTopShare = 0.002f;  // of the values that the two uppermost bins may hold
  static constexpr int32_t kLargestBase = 0x70000000;

  static BELLWETHER_LANES_INLINE Int LaneStart() {
    Int start = L::Splat(0);
    if constexpr (N > 1) {
      for (size_t lane = 0; lane < N; ++lane) {
        start[lane] = static_cast<int32_t>(lane * Sides * kTailBins);
      }
    }
    return start;
  }
  BELLWETHER_LANES_INLINE void Buffer(size_t lane, uint32_t bits) {
    if (buffered_[lane] < kTailBins) {
      weight_[lane][buffered_[lane]++] = static_cast<uint16_t>(bits >> 16);
    }
  }
  __attribute__((noinline)) float ObserveFirst(size_t lane, uint32_t bits, int32_t weight) {
    const bool moved = (bits & kMagnitude) != 0;
    // Only zeros so far: the first movement is as rare as one in their number.
    const float surprise =
        moved && warm(lane) ? Least(std::log10(static_cast<float>(count_.at[lane]) + 1), kMaxSurprise) : 0.0f;
    count_.at[lane] = Least(count_.at[lane] + 1, kMostCounted);
    if (moved && weight > 0) {
      Buffer(lane, bits);
    }
    if (warm(lane) && buffered_[lane] > 0) {
      PlaceBins(lane);
    }
    return surprise;
  }

  /// The median of the magnitudes above zero comes to 40 % of the range.
  void PlaceBins(size_t lane) {
    uint16_t first[kTailBins];
    uint16_t magnitude[kTailBins];
    const size_t buffered = buffered_[lane];
    for (size_t i = 0; i < buffered; ++i) {
      first[i] = weight_[lane][i];
      magnitude[i] = first[i] & 0x7fff;
    }
    std::nth_element(magnitude, magnitude + buffered / 2, magnitude + buffered);
    const int32_t median = static_cast<int32_t>(magnitude[buffered / 2]) << 16;
    constexpr int32_t kBelow = (2 * static_cast<int32_t>(kTailBins) / 5) << kShift;
    const int32_t base = median > kBelow ? ((median - kBelow) >> kShift) << kShift : 0;
    std::fill(weight_[lane], weight_[lane] + Sides * kTailBins, uint16_t{0});
    for (size_t i = 0; i < buffered; ++i) {
      const uint32_t bits = static_cast<uint32_t>(first[i]) << 16;
      const auto size = static_cast<int32_t>(bits & kMagnitude);
      const int32_t bin = size > base ? Least((size - base) >> kShift, static_cast<int32_t>(kTailBins - 1)) : 0;
      uint16_t& own = weight_[lane][(Sides == 2 ? bits >> 31 : 0) * kTailBins + static_cast<size_t>(bin)];
      own = static_cast<uint16_t>(own + kFullWeight);
    }
    base_.at[lane] = base;
    total_.at[lane] = Least(count_.at[lane], 2048) * static_cast<int32_t>(kFullWeight);
  }

  /// More in the top bins than a tail should hold: the first values were not typical, the bins move up.
  void MoveUpWhileFull(size_t lane) {
    uint16_t* const weight = weight_[lane];
    const auto top = [&] {
      uint32_t sum = 0;
      for (size_t side = 0; side < Sides; ++side) {
        const uint16_t* const end = weight + (side + 1) * kTailBins;
        sum += end[-1] + end[-2];
      }
      return static_cast<float>(sum);
    };
    while (top() > kTopShare * static_cast<float>(total_.at[lane]) && base_.at[lane] < kLargestBase) {
      for (size_t side = 0; side < Sides; ++side) {
        uint16_t* const begin = weight + side * kTailBins;
        std::copy(begin + kMoved, begin + kTailBins, begin);
        std::fill(begin + kTailBins - kMoved, begin + kTailBins, uint16_t{0});
      }
      base_.at[lane] += kMoved << kShift;
    }
  }

  /// Counts, fading and the place of the bins, before a lane's answers are brought up to date.
  void Prepare(size_t lane) {
    const int32_t count = Least(count_.at[lane], kMostCounted);
    count_.at[lane] = count;
    refresh_at_.at[lane] = count + Clip<int32_t>(count / 2, 8, kMostAdded);
    if (total_.at[lane] >= kFullTotal) {
      total_.at[lane] /= 2;
      for (uint16_t& one : weight_[lane]) {
        one = static_cast<uint16_t>(one / 2);
      }
    }
    MoveUpWhileFull(lane);
  }

  __attribute__((noinline)) void RefreshAll(Mask due, float overlap) {
    constexpr int kTogether = 4;  // lanes from which on doing all at once pays
    if (N == 1 || std::popcount(L::BitsOf(due)) < kTogether) {
      ForLanes<N>(due, [&](size_t lane) { Refresh(lane, overlap); });
      return;
    }
    if constexpr (N > 1) {
      ForLanes<N>(due, [&](size_t lane) { Prepare(lane); });
      for (size_t side = 0; side < Sides; ++side) {
        FitTails<N>(Most<Int>(base_.Load(), L::Splat(0)), total_.Load(),
                    1.0f / static_cast<float>(kFullWeight) / overlap, Sides,
                    {.weight = &weight_[0][0] + side * kTailBins,
                     .surprise = surprise_ + side * kTailBins,
                     .stride = Sides * kTailBins},
                    due);
      }
    }
  }

  // A lane's sides one behind the other. Until the bins are placed the upper halves of the first numbers.
  uint16_t weight_[N][Sides * kTailBins] = {};
  // One-sided, at the lower edge of each bin, in kTailUnit. The last two are read as four.
  uint8_t surprise_[N * Sides * kTailBins + 2] = {};
  uint8_t buffered_[N] = {};
  LaneInts<N> base_ = MinusOnes();  // bits of the lower edge of bin 0
  LaneInts<N> total_;
  LaneInts<N> count_;
  LaneInts<N> refresh_at_;

  static constexpr LaneInts<N> MinusOnes() {
    LaneInts<N> ones;
    for (int32_t& one : ones.at) {
      one = kUnplaced;
    }
    return ones;
  }
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
