#include "server/analytics/decomposition/loess.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr double kAllOfIt = 0.001;  // of the half width: nearer values have full weight
constexpr double kNearlyNone = 0.999;
constexpr double kLeastSpread = 0.001;  // of the range: below it a line has no slope

double Tricube(double distance, double half_width) {
  if (distance <= kAllOfIt * half_width) {
    return 1;
  }
  if (distance > kNearlyNone * half_width) {
    return 0;
  }
  const double share = distance / half_width;
  const double rest = 1 - share * share * share;
  return rest * rest * rest;
}

/// Turns weights of the neighbours from `left` on into those of the line through them at place `at`: false where none
/// counts. `range` is the number of steps of the whole series.
bool ToLine(std::span<double> own, size_t left, double at, double range) {
  double total = 0;
  for (const double weight : own) {
    total += weight;
  }
  if (total <= 0) {
    return false;
  }
  double mean = 0;
  for (size_t j = 0; j < own.size(); ++j) {
    own[j] /= total;
    mean += own[j] * static_cast<double>(left + j);
  }
  double spread = 0;
  for (size_t j = 0; j < own.size(); ++j) {
    const double distance = static_cast<double>(left + j) - mean;
    spread += own[j] * distance * distance;
  }
  const double slope = std::sqrt(spread) > kLeastSpread * range ? (at - mean) / spread : 0;
  for (size_t j = 0; j < own.size(); ++j) {
    own[j] *= 1 + slope * (static_cast<double>(left + j) - mean);
  }
  return true;
}

BELLWETHER_SIMD_CLONES
double Dot(const double* values, const double* kernel, size_t count) {
  double lanes[8] = {};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (size_t k = 0; k < 8; ++k) {
      lanes[k] += values[i + k] * kernel[i + k];
    }
  }
  double sum = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
  for (; i < count; ++i) {
    sum += values[i] * kernel[i];
  }
  return sum;
}

BELLWETHER_SIMD_CLONES
double MirroredDot(const double* values, const double* kernel, size_t count) {
  double lanes[8] = {};
  const double* const last = kernel + count - 1;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (size_t k = 0; k < 8; ++k) {
      lanes[k] += values[i + k] * *(last - i - k);
    }
  }
  double sum = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
  for (; i < count; ++i) {
    sum += values[i] * *(last - i);
  }
  return sum;
}

}  // namespace

LoessSmoother::LoessSmoother(size_t size, size_t window, size_t beyond)
    : size_(size), window_(window), beyond_(beyond), used_(std::min(window, size)) {
  const size_t half = window_ / 2;
  if (window_ <= size_) {
    middle_begin_ = beyond_ + half;
    middle_end_ = beyond_ + size_ - half;
  } else {
    middle_begin_ = middle_end_ = Places();
  }
  const auto range = static_cast<double>(size_ - 1);
  const auto row_at = [&](size_t place, std::span<double> row) {
    const Neighbours around = Around(place);
    for (size_t j = 0; j < used_; ++j) {
      row[j] = Tricube(std::abs(static_cast<double>(around.left + j) - around.at), around.half_width);
    }
    static_cast<void>(ToLine(row, around.left, around.at, range));
  };
  rows_.resize(middle_begin_ * used_);
  for (size_t place = 0; place < middle_begin_; ++place) {
    row_at(place, std::span(rows_).subspan(place * used_, used_));
  }
  if (middle_begin_ < middle_end_) {
    middle_.resize(used_);
    row_at(middle_begin_, middle_);
  }
}

LoessSmoother::Neighbours LoessSmoother::Around(size_t place) const {
  Neighbours around;
  const size_t half = window_ / 2;
  around.at = static_cast<double>(place) - static_cast<double>(beyond_);
  const auto nearest = static_cast<size_t>(std::clamp(around.at, 0.0, static_cast<double>(size_ - 1)));
  around.left = std::min(nearest > half ? nearest - half : 0, size_ - used_);
  const auto left = static_cast<double>(around.left);
  around.half_width = std::max(around.at - left, left + static_cast<double>(used_ - 1) - around.at);
  if (window_ > size_) {
    around.half_width += static_cast<double>((window_ - size_) / 2);
  }
  around.half_width = std::max(around.half_width, 1.0);
  return around;
}

void LoessSmoother::Smooth(std::span<const double> values, std::span<const double> weights,
                           std::span<double> smooth) const {
  if (weights.empty()) {
    for (size_t place = 0; place < Places(); ++place) {
      if (place < middle_begin_) {
        smooth[place] = Dot(values.data(), rows_.data() + place * used_, used_);
      } else if (place < middle_end_) {
        smooth[place] = Dot(values.data() + (place - middle_begin_), middle_.data(), used_);
      } else {
        // The last places are the first ones mirrored.
        const size_t mirrored = Places() - 1 - place;
        smooth[place] = MirroredDot(values.data() + (size_ - used_), rows_.data() + mirrored * used_, used_);
      }
    }
    return;
  }
  const auto range = static_cast<double>(size_ - 1);
  std::vector<double> own(used_);
  for (size_t place = 0; place < Places(); ++place) {
    const Neighbours around = Around(place);
    for (size_t j = 0; j < used_; ++j) {
      own[j] = weights[around.left + j] *
               Tricube(std::abs(static_cast<double>(around.left + j) - around.at), around.half_width);
    }
    if (!ToLine(own, around.left, around.at, range)) {
      smooth[place] = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    double sum = 0;
    for (size_t j = 0; j < used_; ++j) {
      sum += own[j] != 0 ? own[j] * values[around.left + j] : 0;
    }
    smooth[place] = sum;
  }
}

}  // namespace bellwether
