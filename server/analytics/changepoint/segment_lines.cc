#include "server/analytics/changepoint/segment_lines.h"

#include <algorithm>
#include <cmath>

namespace bellwether {
namespace {

constexpr double kMuchLess = 0.8;  // of the squares about the mean that a line may leave
constexpr double kLeastValues = 5;

void DrawSegment(std::span<const double> values, std::span<double> drawn) {
  double largest = 0;
  for (const double value : values) {
    largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : largest;
  }
  const double unit = largest > 0 ? largest : 1;  // so that squares cannot overflow
  double count = 0;
  double time = 0;
  double mean = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) {
      ++count;
      time += (static_cast<double>(i) - time) / count;
      mean += (values[i] / unit - mean) / count;
    }
  }
  if (count == 0) {
    std::fill(drawn.begin(), drawn.end(), std::nan(""));
    return;
  }
  double times = 0;
  double products = 0;
  double squares = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) {
      const double at = static_cast<double>(i) - time;
      const double away = values[i] / unit - mean;
      times += at * at;
      products += at * away;
      squares += away * away;
    }
  }
  const bool is_line =
      count >= kLeastValues && times > 0 && squares - products * products / times < kMuchLess * squares;
  const double slope = is_line ? products / times : 0;
  for (size_t i = 0; i < drawn.size(); ++i) {
    drawn[i] = (mean + slope * (static_cast<double>(i) - time)) * unit;
  }
}

}  // namespace

std::vector<double> SegmentLines(std::span<const double> values, std::span<const size_t> changes) {
  std::vector<double> drawn(values.size());
  size_t begin = 0;
  for (size_t k = 0; k <= changes.size(); ++k) {
    const size_t end = k < changes.size() ? std::clamp(changes[k], begin, values.size()) : values.size();
    DrawSegment(values.subspan(begin, end - begin), std::span(drawn).subspan(begin, end - begin));
    begin = end;
  }
  return drawn;
}

}  // namespace bellwether
