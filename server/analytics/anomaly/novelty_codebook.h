#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "server/analytics/anomaly/nearest_code.h"

namespace bellwether {

/// Remembers where a stream of vectors has been: up to Size code vectors such that every vector seen lies within a
/// radius of one (streaming k-centre by doubling: Charikar, Chekuri, Feder, Motwani 1997, "Incremental clustering and
/// dynamic information retrieval"). Never forgets. Coordinates are held one array each, so that the search for the
/// nearest is vector code.
template <size_t Dimensions, size_t Size>
class NoveltyCodebook {
  static_assert(Dimensions == 1 || Dimensions == 4);
  static_assert(Size % 8 == 0);

 public:
  using Vector = std::array<float, Dimensions>;

  /// Largest coordinate difference to the nearest code vector, before learning it. 0 for the first vector.
  float Observe(const Vector& vector, bool learn) {
    if (used_ == 0) {
      if (learn) {
        Append(vector);
      }
      return 0;
    }
    const float nearest = Nearest(vector);
    if (learn && nearest > radius_) {
      if (used_ == Size) {
        MakeRoom();
      }
      if (used_ < Size) {
        Append(vector);
      }
    }
    return nearest;
  }

  template <class Visitor>
  void VisitState(Visitor&& visit) {
    for (auto& coordinate : codes_) {
      visit(coordinate);
    }
    visit(radius_), visit(used_);
  }
  [[nodiscard]] bool Valid() const { return used_ <= Size; }

 private:
  void Append(const Vector& vector) {
    if (used_ == 0) {
      // All places hold the first vector, so that a search may always look at all of them.
      for (size_t d = 0; d < Dimensions; ++d) {
        codes_[d].fill(vector[d]);
      }
    }
    for (size_t d = 0; d < Dimensions; ++d) {
      codes_[d][used_] = vector[d];
    }
    ++used_;
  }

  /// The width of what the codes cover, by the coordinate in which it is largest.
  float Width() const {
    float width = 0;
    for (const auto& coordinate : codes_) {
      const auto [low, high] = std::minmax_element(coordinate.begin(), coordinate.end());
      width = std::max(width, *high - *low);
    }
    return width;
  }

  float Nearest(const Vector& vector) const {
    if constexpr (Dimensions == 1) {
      return NearestOfOne(codes_[0].data(), Size, vector[0]);
    } else {
      return NearestOfFour(codes_[0].data(), Size, vector.data());
    }
  }

  Vector At(size_t i) const {
    Vector vector;
    for (size_t d = 0; d < Dimensions; ++d) {
      vector[d] = codes_[d][i];
    }
    return vector;
  }

  /// Grows the radius until some code vectors fall together. It begins at what as many codes need to cover a line as
  /// wide as what was seen.
  __attribute__((noinline)) void MakeRoom() {
    constexpr float kFirst = 0.5f / Size;
    radius_ = radius_ > 0 ? 1.5f * radius_ : std::max(kFirst * Width(), std::numeric_limits<float>::min());
    while (used_ == Size) {
      NoveltyCodebook kept;
      kept.Append(At(0));
      for (size_t i = 1; i < Size; ++i) {
        const Vector code = At(i);
        if (kept.Nearest(code) > radius_) {
          kept.Append(code);
        }
      }
      kept.radius_ = kept.used_ == Size ? 1.5f * radius_ : radius_;
      *this = kept;
    }
  }

  std::array<std::array<float, Size>, Dimensions> codes_{};
  float radius_ = 0;
  uint32_t used_ = 0;
};

}  // namespace bellwether
