#include "server/analytics/changepoint/segment_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Sums of the filtered series w_t = y_t - phi y_t-1 and of the filtered line u_t, up to each position (inclusive).
struct PrefixSums {
  PrefixSums(std::span<const double> values, double phi)
      : w(values.size()),
        ww(values.size()),
        uw(values.size()),
        u(values.size()),
        uu(values.size()),
        time(values.size()) {
    const double n = static_cast<double>(values.size());
    for (size_t t = 0; t < values.size(); ++t) {
      time[t] = (static_cast<double>(t) - 0.5 * n) / n;
      if (t > 0) {
        const double filtered = values[t] - phi * values[t - 1];
        const double line = time[t] - phi * time[t - 1];
        w[t] = w[t - 1] + filtered;
        ww[t] = ww[t - 1] + filtered * filtered;
        uw[t] = uw[t - 1] + line * filtered;
        u[t] = u[t - 1] + line;
        uu[t] = uu[t - 1] + line * line;
      }
    }
  }

  std::vector<double> w, ww, uw, u, uu, time;
};

/// Squares of all segments [start, last], start = 0 .. count - 1, as a level and what a line takes off them, by the
/// normal equations of generalised least squares.
BELLWETHER_SIMD_CLONES
void SquaresOfStarts(const PrefixSums& sums, const double* y, double phi, size_t last, size_t count, double* level,
                     double* line_gain) {
  const double g = 1 - phi * phi;
  const double c = 1 - phi;
  const double w_end = sums.w[last];
  const double ww_end = sums.ww[last];
  const double uw_end = sums.uw[last];
  const double u_end = sums.u[last];
  const double uu_end = sums.uu[last];
  const double* const w = sums.w.data();
  const double* const ww = sums.ww.data();
  const double* const uw = sums.uw.data();
  const double* const u = sums.u.data();
  const double* const uu = sums.uu.data();
  const double* const time = sums.time.data();
  const double last_index = static_cast<double>(last);
  for (size_t a = 0; a < count; ++a) {
    const double s00 = g + (last_index - static_cast<double>(static_cast<int>(a))) * c * c;
    const double s01 = g * time[a] + c * (u_end - u[a]);
    const double s11 = g * time[a] * time[a] + (uu_end - uu[a]);
    const double y0 = g * y[a] + c * (w_end - w[a]);
    const double y1 = g * time[a] * y[a] + (uw_end - uw[a]);
    const double yy = g * y[a] * y[a] + (ww_end - ww[a]);
    const double inverse = 1 / s00;
    const double rest = y1 - y0 * s01 * inverse;
    const double spread = s11 - s01 * s01 * inverse;
    const double squares = yy - y0 * y0 * inverse;
    level[a] = squares > 0 ? squares : 0;
    line_gain[a] = rest * rest / (spread + 1e-13);
  }
}

/// Totals of all cuts whose last segment starts at a; the constant parts of the prices are added by the caller.
BELLWETHER_SIMD_CLONES
void Totals(const double* best, const double* level, const double* line_gain, size_t count, size_t line_count,
            double unit, double line_price, double* total) {
  for (size_t a = 0; a < line_count; ++a) {
    const double gain = line_gain[a] < level[a] ? line_gain[a] : level[a];
    const double extra = gain * unit - line_price;
    total[a] = best[a] + level[a] * unit - (extra > 0 ? extra : 0);
  }
  for (size_t a = line_count; a < count; ++a) {
    total[a] = best[a] + level[a] * unit;
  }
}

}  // namespace

std::vector<size_t> CutIntoSegments(std::span<const double> values, const SegmentSearch& search) {
  const size_t n = values.size();
  if (n == 0) {
    return {};
  }
  const PrefixSums sums(values, search.phi);
  std::vector<double> best(n + 1, kInfinity);
  std::vector<size_t> previous(n + 1, 0);
  std::vector<double> level(n);
  std::vector<double> line_gain(n);
  std::vector<double> total(n);
  best[0] = -search.change_price;
  const size_t least = std::max<size_t>(search.least_length, 1);
  const size_t least_line = std::max({search.least_line, least, size_t{3}});
  const double unit = 1 / search.variance;
  for (size_t end = least; end <= n; ++end) {
    const size_t count = end - least + 1;
    const size_t line_count = end >= least_line && search.line_price < kInfinity ? end - least_line + 1 : 0;
    SquaresOfStarts(sums, values.data(), search.phi, end - 1, count, level.data(), line_gain.data());
    Totals(best.data(), level.data(), line_gain.data(), count, line_count, unit, search.line_price, total.data());
    const auto lowest = std::min_element(total.begin(), total.begin() + static_cast<ptrdiff_t>(count));
    best[end] = *lowest + search.change_price;
    previous[end] = static_cast<size_t>(lowest - total.begin());
  }
  std::vector<size_t> changes;
  if (n >= least) {
    for (size_t at = previous[n]; at > 0; at = previous[at]) {
      changes.push_back(at);
    }
  }
  std::reverse(changes.begin(), changes.end());
  return changes;
}

}  // namespace bellwether
