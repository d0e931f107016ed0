#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace bellwether {

/// Remembers where a stream of vectors has been: up to Size code vectors such that every vector seen lies within a
/// radius of one (streaming k-centre by doubling: Charikar, Chekuri, Feder, Motwani 1997, "Incremental clustering and
/// dynamic information retrieval"). Never forgets.
template <size_t Dimensions, size_t Size>
class Codebook {
 public:
  using Vector = std::array<float, Dimensions>;

  /// Largest coordinate difference to the nearest code vector, before learning it. 0 for the first vector.
  double Observe(const Vector& vector) {
    double nearest = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < used_; ++i) {
      nearest = std::min(nearest, Distance(codes_[i], vector));
    }
    if (used_ == 0) {
      nearest = 0;
      codes_[used_++] = vector;
    } else if (nearest > radius_) {
      if (used_ == Size) {
        MakeRoom();
      }
      if (used_ < Size) {
        codes_[used_++] = vector;
      }
    }
    return nearest;
  }

 private:
  static double Distance(const Vector& a, const Vector& b) {
    float largest = 0;
    for (size_t d = 0; d < Dimensions; ++d) {
      largest = std::max(largest, std::abs(a[d] - b[d]));
    }
    return static_cast<double>(largest);
  }

  /// Grows the radius until some code vectors fall together.
  void MakeRoom() {
    while (used_ == Size) {
      if (radius_ == 0) {
        radius_ = std::numeric_limits<double>::infinity();
        for (size_t i = 0; i < used_; ++i) {
          for (size_t j = 0; j < i; ++j) {
            radius_ = std::min(radius_, Distance(codes_[i], codes_[j]));
          }
        }
        if (!(radius_ < std::numeric_limits<double>::infinity())) {
          return;
        }
      } else {
        radius_ *= 1.5;
      }
      size_t kept = 0;
      for (size_t i = 0; i < used_; ++i) {
        bool close = false;
        for (size_t j = 0; j < kept && !close; ++j) {
          close = Distance(codes_[i], codes_[j]) <= radius_;
        }
        if (!close) {
          codes_[kept++] = codes_[i];
        }
      }
      used_ = kept;
    }
  }

  std::array<Vector, Size> codes_{};
  size_t used_ = 0;
  double radius_ = 0;
};

}  // namespace bellwether
