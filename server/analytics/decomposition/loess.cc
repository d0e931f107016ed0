#include "server/analytics/decomposition/loess.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr double kLeastSpread = 0.001;  // of the range: below it a line has no slope
constexpr size_t kLanes = 8;
constexpr size_t kNoRow = std::numeric_limits<size_t>::max();

/// Tricube weights of neighbours at 0, 1, 2, … for a place at `at`; their sum and the sums of them times the distance
/// from the place and its square.
BELLWETHER_SIMD_CLONES
void FillTricube(double at, double half_width, size_t count, double* kernel, double* sums) {
  const double inverse = 1 / half_width;
  for (size_t j = 0; j < count; ++j) {
    const double share = std::abs(static_cast<double>(static_cast<int64_t>(j)) - at) * inverse;
    const double rest = std::max(1 - share * share * share, 0.0);
    kernel[j] = rest * rest * rest;
  }
  double weight[kLanes] = {}, moment[kLanes] = {}, square[kLanes] = {};
  for (size_t j = 0; j < count; j += kLanes) {
    for (size_t k = 0; k < std::min(kLanes, count - j); ++k) {
      const double far = static_cast<double>(static_cast<int64_t>(j + k)) - at;
      weight[k] += kernel[j + k];
      moment[k] += kernel[j + k] * far;
      square[k] += kernel[j + k] * far * far;
    }
  }
  for (size_t k = 0; k < kLanes; ++k) {
    sums[0] += weight[k];
    sums[1] += moment[k];
    sums[2] += square[k];
  }
}

/// line[j] = kernel[j] * (height + slope * j).
BELLWETHER_SIMD_CLONES
void Incline(const double* kernel, size_t count, double height, double slope, double* line) {
  for (size_t j = 0; j < count; ++j) {
    line[j] = kernel[j] * (height + slope * static_cast<double>(static_cast<int64_t>(j)));
  }
}

BELLWETHER_SIMD_CLONES
double Dot(const double* values, const double* kernel, size_t count) {
  double lanes[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) {
      lanes[k] += values[i + k] * kernel[i + k];
    }
  }
  double sum = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
  for (; i < count; ++i) {
    sum += values[i] * kernel[i];
  }
  return sum;
}

/// The same for several series side by side.
BELLWETHER_SIMD_CLONES
void DotColumns(const double* values, size_t stride, size_t columns, const double* kernel, size_t count, double* out) {
  size_t c = 0;
  for (; c + kLanes <= columns; c += kLanes) {
    double lanes[kLanes] = {};
    for (size_t j = 0; j < count; ++j) {
      for (size_t k = 0; k < kLanes; ++k) {
        lanes[k] += kernel[j] * values[j * stride + c + k];
      }
    }
    for (size_t k = 0; k < kLanes; ++k) {
      out[c + k] = lanes[k];
    }
  }
  for (; c < columns; ++c) {
    double sum = 0;
    for (size_t j = 0; j < count; ++j) {
      sum += kernel[j] * values[j * stride + c];
    }
    out[c] = sum;
  }
}

/// Weighted sums from which a line follows; distances are measured from the place where it is wanted.
struct LineSums {
  double weight = 0;
  double distance = 0;
  double square = 0;
  double value = 0;
  double product = 0;

  /// The line or the mean at distance 0.
  [[nodiscard]] double AtPlace(LoessDegree degree, double range) const {
    if (!(weight > 0)) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    if (degree == LoessDegree::kConstant) {
      return value / weight;
    }
    const double mean = distance / weight;
    const double spread = std::max(square / weight - mean * mean, 0.0);
    const double height = value / weight;
    return std::sqrt(spread) > kLeastSpread * range ? height - mean * (product / weight - mean * height) / spread
                                                    : height;
  }
};

/// The sums of one series over `count` neighbours, the first of which lies at distance -at.
BELLWETHER_SIMD_CLONES
void SumLine(const double* values, const double* weights, const double* kernel, size_t count, double at,
             LineSums* sums) {
  double w[kLanes] = {}, d[kLanes] = {}, s[kLanes] = {}, v[kLanes] = {}, p[kLanes] = {}, far[kLanes];
  for (size_t k = 0; k < kLanes; ++k) {
    far[k] = static_cast<double>(k) - at;
  }
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) {
      const double weight = weights[i + k] * kernel[i + k];
      const double moment = weight * far[k];
      w[k] += weight;
      d[k] += moment;
      s[k] += moment * far[k];
      v[k] += weight * values[i + k];
      p[k] += moment * values[i + k];
      far[k] += static_cast<double>(kLanes);
    }
  }
  const auto add_up = [](const double* lanes) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
  };
  *sums = {add_up(w), add_up(d), add_up(s), add_up(v), add_up(p)};
  for (size_t k = 0; i < count; ++i, ++k) {
    const double weight = weights[i] * kernel[i];
    sums->weight += weight;
    sums->distance += weight * far[k];
    sums->square += weight * far[k] * far[k];
    sums->value += weight * values[i];
    sums->product += weight * far[k] * values[i];
  }
}

/// The sums of up to kLanes series side by side, one array a sum.
struct LineSumsOfLanes {
  double weight[kLanes], distance[kLanes], square[kLanes], value[kLanes], product[kLanes];
};

/// With a constant number of lanes the inner loop is a few instructions.
inline __attribute__((always_inline)) void AddLines(const double* values, const double* weights, size_t stride,
                                                    size_t lanes, const double* kernel, size_t count, double at,
                                                    LineSumsOfLanes& sums) {
  for (size_t j = 0; j < count; ++j) {
    const double far = static_cast<double>(j) - at;
    for (size_t k = 0; k < lanes; ++k) {
      const double weight = weights[j * stride + k] * kernel[j];
      const double moment = weight * far;
      sums.weight[k] += weight;
      sums.distance[k] += moment;
      sums.square[k] += moment * far;
      sums.value[k] += weight * values[j * stride + k];
      sums.product[k] += moment * values[j * stride + k];
    }
  }
}

BELLWETHER_SIMD_CLONES
void SumLines(const double* values, const double* weights, size_t stride, size_t lanes, const double* kernel,
              size_t count, double at, LineSumsOfLanes* out) {
  LineSumsOfLanes sums = {};
  if (lanes == kLanes) {
    AddLines(values, weights, stride, kLanes, kernel, count, at, sums);
  } else {
    AddLines(values, weights, stride, lanes, kernel, count, at, sums);
  }
  *out = sums;
}

/// Fills the places between the first and the one `steps` later, `stride` apart.
void DrawLine(double* places, size_t steps, size_t stride) {
  const double first = places[0];
  const double slope = (places[steps * stride] - first) / static_cast<double>(steps);
  for (size_t i = 1; i < steps; ++i) {
    places[i * stride] = first + static_cast<double>(static_cast<int64_t>(i)) * slope;
  }
}

}  // namespace

LoessSmoother::LoessSmoother(size_t size, size_t window, size_t beyond, LoessDegree degree, size_t jump)
    : size_(size),
      window_(window),
      beyond_(beyond),
      degree_(degree),
      jump_(std::max<size_t>(jump, 1)),
      used_(std::min(window, size)) {
  const size_t half = window_ / 2;
  if (window_ <= size_) {
    middle_begin_ = beyond_ + half;
    middle_end_ = beyond_ + size_ - half;
  } else {
    middle_begin_ = middle_end_ = places();
  }
  row_of_.assign(std::min(middle_begin_, places() / 2 + 1) + 1, kNoRow);
  kernels_.reserve((2 * (row_of_.size() / jump_ + 1) + 1) * used_);
  for (size_t place = 0;;) {
    AddRow(place);
    if (place + 1 >= places()) {
      break;
    }
    place = std::min(place + jump_, places() - 1);
  }
}

size_t LoessSmoother::KindOf(size_t place) const {
  const bool is_middle = place >= middle_begin_ && place < middle_end_;
  return is_middle ? row_of_.size() - 1 : std::min(place, places() - 1 - place);
}

void LoessSmoother::AddRow(size_t place) {
  const size_t kind = KindOf(place);
  if (row_of_[kind] != kNoRow) {
    return;
  }
  const size_t row = rows_.size();
  row_of_[kind] = row;
  const bool is_middle = kind + 1 == row_of_.size();
  const Neighbours around = Around(is_middle ? place : kind);
  const double at = around.at - static_cast<double>(around.left);
  kernels_.resize(kernels_.size() + used_);
  std::array<double, 3> sums{};
  FillTricube(at, around.half_width, used_, kernels_.data() + row * used_, sums.data());
  const double total = sums[0];
  const double mean = sums[1] / total;  // measured from the place
  const double spread = std::max(sums[2] / total - mean * mean, 0.0);
  const bool has_slope =
      degree_ == LoessDegree::kLine && !is_middle && std::sqrt(spread) > kLeastSpread * static_cast<double>(size_ - 1);
  const double slope = has_slope ? -mean / spread : 0;
  rows_.push_back({.height = (1 - slope * (at + mean)) / total, .slope = slope / total});
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
    const size_t widened = (window_ - size_) / 2;
    around.half_width += static_cast<double>(widened);
  }
  around.half_width = std::max(around.half_width, 1.0);
  return around;
}

void LoessSmoother::SmoothPlace(size_t place, const LoessColumns& columns, double* scratch, double* smooth) const {
  const Neighbours around = Around(place);
  const size_t kind = KindOf(place);
  const size_t row = row_of_[kind];
  const double* kernel = kernels_.data() + row * used_;
  const bool is_middle = kind + 1 == row_of_.size();
  const bool is_single = columns.stride == 1 && columns.columns == 1;
  if (columns.weights == nullptr && is_middle && is_single) {
    smooth[place] = rows_[row].height * Dot(columns.values + around.left, kernel, used_);
    return;
  }
  if (columns.weights == nullptr) {
    Incline(kernel, used_, rows_[row].height, rows_[row].slope, scratch);
    kernel = scratch;
  }
  // The last places are the first ones mirrored.
  if (!is_middle && kind != place) {
    if (kernel != scratch) {
      std::copy(kernel, kernel + used_, scratch);
    }
    std::reverse(scratch, scratch + used_);
    kernel = scratch;
  }
  const size_t stride = columns.stride;
  const double* values = columns.values + around.left * stride;
  double* out = smooth + place * stride;
  if (columns.weights == nullptr) {
    if (is_single) {
      *out = Dot(values, kernel, used_);
    } else {
      DotColumns(values, stride, columns.columns, kernel, used_, out);
    }
    return;
  }
  const double at = around.at - static_cast<double>(around.left);
  const auto range = static_cast<double>(size_ - 1);
  const double* weights = columns.weights + around.left * stride;
  if (is_single) {
    LineSums sums;
    SumLine(values, weights, kernel, used_, at, &sums);
    *out = sums.AtPlace(degree_, range);
    return;
  }
  for (size_t c = 0; c < columns.columns; c += kLanes) {
    const size_t lanes = std::min(kLanes, columns.columns - c);
    LineSumsOfLanes sums;
    SumLines(values + c, weights + c, stride, lanes, kernel, used_, at, &sums);
    for (size_t k = 0; k < lanes; ++k) {
      out[c + k] = LineSums{sums.weight[k], sums.distance[k], sums.square[k], sums.value[k], sums.product[k]}.AtPlace(
          degree_, range);
    }
  }
}

void LoessSmoother::SmoothColumns(const LoessColumns& columns, double* smooth) const {
  std::vector<double> scratch(used_);
  SmoothPlace(0, columns, scratch.data(), smooth);
  for (size_t from = 0; from + 1 < places();) {
    const size_t to = std::min(from + jump_, places() - 1);
    SmoothPlace(to, columns, scratch.data(), smooth);
    for (size_t c = 0; c < columns.columns && to > from + 1; ++c) {
      DrawLine(smooth + from * columns.stride + c, to - from, columns.stride);
    }
    from = to;
  }
}

void LoessSmoother::Smooth(std::span<const double> values, std::span<const double> weights,
                           std::span<double> smooth) const {
  SmoothColumns({.values = values.data(), .weights = weights.empty() ? nullptr : weights.data()}, smooth.data());
}

}  // namespace bellwether
