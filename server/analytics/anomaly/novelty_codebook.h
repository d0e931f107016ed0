#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "server/analytics/anomaly/nearest_code.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// Remembers where a stream of vectors has been, for N streams side by side: up to Size code vectors such that every
/// vector seen lies within a radius of one (streaming k-centre by doubling: Charikar, Chekuri, Feder, Motwani 1997,
/// "Incremental clustering and dynamic information retrieval"). Never forgets. The same code and coordinate of all
/// lanes lie side by side, and with one lane the codes of a coordinate, so that the search for the nearest is vector
/// code.
template <size_t Dimensions, size_t Size, size_t N = 1>
class NoveltyCodebook {
  static_assert(Dimensions == 1 || Dimensions == 4);
  static_assert(Size % 8 == 0);
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Mask = typename L::Mask;

 public:
  using Vector = std::array<Float, Dimensions>;

  /// Largest coordinate difference to the nearest code vector, before learning it in the lanes of `learn`. 0 for the
  /// first vector. What it says of other lanes means nothing.
  BELLWETHER_LANES_INLINE Float Observe(const Vector& vector, Mask learn) {
    const Mask empty = used_.Load() == 0;
    const Float nearest = L::Select(empty, L::Splat(0.0f), Nearest(vector));
    const Mask add = learn & (empty | (nearest > radius_.Load()));
    if (L::Any(add)) {
      ForLanes<N>(add, [&](size_t lane) { Add(lane, vector); });
    }
    return nearest;
  }

  /// Begins anew: the next vector is the first.
  void Forget(size_t lane = 0) {
    used_.at[lane] = 0;
    radius_.at[lane] = 0;
  }

  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    for (auto& coordinate : codes_) {
      for (LaneFloats<N>& code : coordinate) {
        visit(code.at[lane]);
      }
    }
    visit(radius_.at[lane]), visit(used_.at[lane]);
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    return used_.at[lane] >= 0 && used_.at[lane] <= static_cast<int32_t>(Size) && radius_.at[lane] >= 0;
  }

 private:
  /// The codes of one lane.
  struct Codes {
    std::array<std::array<float, Size>, Dimensions> at;
    size_t used;
  };

  BELLWETHER_LANES_INLINE Float Nearest(const Vector& vector) const {
    if constexpr (N == 1) {
      const auto* const codes = &codes_[0][0].at[0];
      if constexpr (Dimensions == 1) {
        return NearestOfOne(codes, Size, vector[0]);
      } else {
        return NearestOfFour(codes, Size, vector.data());
      }
    } else {
      // Four at a time, so that none waits for the one before.
      constexpr size_t kAtOnce = 4;
      std::array<Float, kAtOnce> nearest;
      nearest.fill(L::Splat(std::numeric_limits<float>::max()));
      for (size_t block = 0; block < Size; block += kAtOnce) {
#pragma GCC unroll 4
        for (size_t k = 0; k < kAtOnce; ++k) {
          Float distance = codes_[0][block + k].Load() - vector[0];
          for (size_t d = 1; d < Dimensions; ++d) {
            distance = L::LargerSize(distance, codes_[d][block + k].Load() - vector[d]);
          }
          nearest[k] = L::SmallerSize(nearest[k], distance);
        }
      }
      return Least<Float>(Least<Float>(nearest[0], nearest[1]), Least<Float>(nearest[2], nearest[3]));
    }
  }

  __attribute__((noinline)) void Add(size_t lane, const Vector& vector) {
    std::array<float, Dimensions> code;
    for (size_t d = 0; d < Dimensions; ++d) {
      code[d] = L::At(vector[d], lane);
    }
    if (used_.at[lane] == 0) {
      // All places hold the first vector, so that a search may always look at all of them.
      for (size_t d = 0; d < Dimensions; ++d) {
        for (LaneFloats<N>& place : codes_[d]) {
          place.at[lane] = code[d];
        }
      }
    }
    if (used_.at[lane] == static_cast<int32_t>(Size)) {
      MakeRoom(lane);
    }
    if (used_.at[lane] < static_cast<int32_t>(Size)) {
      const auto place = static_cast<size_t>(used_.at[lane]++);
      for (size_t d = 0; d < Dimensions; ++d) {
        codes_[d][place].at[lane] = code[d];
      }
    }
  }

  /// The width of what the codes cover, by the coordinate in which it is largest.
  static float Width(const Codes& codes) {
    float width = 0;
    for (const auto& coordinate : codes.at) {
      float low = coordinate[0];
      float high = coordinate[0];
      for (const float one : coordinate) {
        low = Least(low, one);
        high = Most(high, one);
      }
      width = Most(width, high - low);
    }
    return width;
  }

  /// One bit a code: those from the block of this one on that lie within `radius` of it.
  static BELLWETHER_LANES_INLINE uint64_t NearTo(const Codes& codes, size_t one, float radius) requires(N > 1) {
    static_assert(Size <= 64);
    uint64_t near = 0;
    for (size_t block = one / N * N; block < Size; block += N) {  // here the lanes are codes
      Float distance = L::Splat(0.0f);
      for (size_t d = 0; d < Dimensions; ++d) {
        LaneFloats<N> some;
        std::memcpy(some.at, codes.at[d].data() + block, sizeof(some.at));
        distance = L::LargerSize(distance, some.Load() - codes.at[d][one]);
      }
      near |= static_cast<uint64_t>(L::BitsOf(distance <= radius)) << block;
    }
    return near;
  }

  /// The smallest distance between two codes.
  static float Closest(const Codes& codes) {
    float closest = std::numeric_limits<float>::max();
    if constexpr (N == 1) {
      std::array<float, Dimensions> code;
      Codes others = codes;
      for (size_t i = 0; i + 1 < Size; ++i) {
        // Each code in turn gives its place to the last one, so that none meets itself.
        for (size_t d = 0; d < Dimensions; ++d) {
          code[d] = codes.at[d][i];
          others.at[d][i] = codes.at[d][Size - 1];
        }
        closest = Least(closest, Dimensions == 1 ? NearestOfOne(others.at[0].data(), Size, code[0])
                                                 : NearestOfFour(others.at[0].data(), Size, code.data()));
      }
    } else {
      Float nearest = L::Splat(closest);
      for (size_t i = 0; i + 1 < Size; ++i) {
        // The codes behind this one; the last block begins earlier where it would be cut off.
        for (size_t block = i + 1; block < Size; block += N) {
          const size_t from = block + N <= Size ? block : Size - N;
          Float distance = L::Splat(0.0f);
          for (size_t d = 0; d < Dimensions; ++d) {
            LaneFloats<N> some;
            std::memcpy(some.at, codes.at[d].data() + from, sizeof(some.at));
            distance = Most<Float>(distance, AbsOf<N>(some.Load() - codes.at[d][i]));
          }
          if (from <= i) {  // the code itself is among them
            L::Set(distance, i - from, closest);
          }
          nearest = Least<Float>(nearest, distance);
        }
      }
      for (size_t lane = 0; lane < N; ++lane) {
        closest = Least(closest, L::At(nearest, lane));
      }
    }
    return closest;
  }

  /// Keeps the codes that lie farther than `radius` from those kept before them. All free places hold the first.
  static Codes Thinned(const Codes& codes, float radius) {
    Codes kept;
    kept.used = 0;
    for (size_t d = 0; d < Dimensions; ++d) {
      kept.at[d].fill(codes.at[d][0]);
    }
    const auto keep = [&](size_t i) {
      for (size_t d = 0; d < Dimensions; ++d) {
        kept.at[d][kept.used] = codes.at[d][i];
      }
      ++kept.used;
    };
    if constexpr (N == 1) {
      for (size_t i = 0; i < Size; ++i) {
        std::array<float, Dimensions> code;
        for (size_t d = 0; d < Dimensions; ++d) {
          code[d] = codes.at[d][i];
        }
        // What lies in a free place would be met by the next.
        if (kept.used == 0 || (Dimensions == 1 ? NearestOfOne(kept.at[0].data(), Size, code[0])
                                               : NearestOfFour(kept.at[0].data(), Size, code.data())) > radius) {
          keep(i);
        }
      }
    } else {
      // All that are near first: so none has to wait for the one before.
      std::array<uint64_t, Size> near;
      for (size_t i = 0; i < Size; ++i) {
        near[i] = NearTo(codes, i, radius) | uint64_t{1} << i;
      }
      for (uint64_t left = ~uint64_t{0} >> (64 - Size); left != 0;) {
        const auto i = static_cast<size_t>(std::countr_zero(left));
        left &= ~near[i];
        keep(i);
      }
    }
    for (size_t d = 0; d < Dimensions && kept.used < Size; ++d) {
      kept.at[d][kept.used] = kept.at[d][0];
    }
    return kept;
  }

  /// Grows the radius until some code vectors fall together. It begins at what as many codes need to cover a line as
  /// wide as what was seen.
  void MakeRoom(size_t lane) {
    constexpr float kFirst = 0.5f / Size;
    constexpr float kGrowth = 1.5f;
    Codes codes;
    codes.used = Size;
    for (size_t d = 0; d < Dimensions; ++d) {
      for (size_t i = 0; i < Size; ++i) {
        codes.at[d][i] = codes_[d][i].at[lane];
      }
    }
    float radius = radius_.at[lane];
    radius = radius > 0 ? kGrowth * radius : Most(kFirst * Width(codes), std::numeric_limits<float>::min());
    codes = Thinned(codes, radius);
    if (codes.used == Size) {
      for (const float closest = Closest(codes); radius < closest; radius *= kGrowth) {
      }
      codes = Thinned(codes, radius);
    }
    radius_.at[lane] = radius;
    used_.at[lane] = static_cast<int32_t>(codes.used);
    for (size_t d = 0; d < Dimensions; ++d) {
      for (size_t i = 0; i < Size; ++i) {
        codes_[d][i].at[lane] = codes.at[d][i];
      }
    }
  }

  std::array<std::array<LaneFloats<N>, Size>, Dimensions> codes_{};
  LaneFloats<N> radius_;
  LaneInts<N> used_;
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
