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
    for (size_t d = 0; d < Dimensions; ++d) {
      codes_[d][used_] = vector[d];
    }
    // The places behind the last code repeat it, so that a search may always look at all of them.
    if (++used_ < Size) {
      for (size_t d = 0; d < Dimensions; ++d) {
        std::fill(codes_[d].begin() + used_, codes_[d].end(), vector[d]);
      }
    }
  }

  float Nearest(const Vector& vector) const { return NearestCode(codes_[0].data(), Size, vector.data(), Dimensions); }

  Vector At(size_t i) const {
    Vector vector;
    for (size_t d = 0; d < Dimensions; ++d) {
      vector[d] = codes_[d][i];
    }
    return vector;
  }

  /// Grows the radius until some code vectors fall together.
  void MakeRoom() {
    while (used_ == Size) {
      radius_ = radius_ > 0 ? 1.5f * radius_ : std::numeric_limits<float>::min();
      NoveltyCodebook kept;
      float least = std::numeric_limits<float>::max();
      kept.Append(At(0));
      for (size_t i = 1; i < Size; ++i) {
        const Vector code = At(i);
        const float distance = kept.Nearest(code);
        least = std::min(least, distance);
        if (distance > radius_) {
          kept.Append(code);
        }
      }
      // Nothing lay within the radius: what is nearest together says how far it must grow.
      radius_ = kept.used_ == Size ? std::max(radius_, least) : radius_;
      kept.radius_ = radius_;
      *this = kept;
    }
  }

  std::array<std::array<float, Size>, Dimensions> codes_{};
  float radius_ = 0;
  uint32_t used_ = 0;
};

}  // namespace bellwether
