#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "server/analytics/multivariate/random_stream.h"
#include "server/analytics/outliers/cross_section.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

/// Every kind of column at its own times: noise, ties, constants, missing numbers, huge and infinite ones, jumps.
std::vector<double> Mixture(size_t series, size_t points, uint64_t seed) {
  RandomStream random(seed);
  std::vector<double> values(series * points);
  for (size_t s = 0; s < series; ++s) {
    for (size_t t = 0; t < points; ++t) {
      double value = random.Normal() + static_cast<double>(t / 40) * 1e3;
      switch (t / 16 % 8) {
        case 1:
          value = std::round(value);
          break;
        case 2:
          value = 7;
          break;
        case 3:
          value = random.Below(3) == 0 ? std::nan("") : value;
          break;
        case 4:
          value *= random.Below(2) == 0 ? 1e300 : -1e300;
          break;
        case 5:
          value = random.Below(5) == 0 ? HUGE_VAL : std::exp(20 * random.Normal());
          break;
        case 6:
          value = random.Below(10) == 0 ? value : 0;
          break;
        default:
          break;
      }
      values[s * points + t] = value;
    }
  }
  return values;
}

TEST(CrossSectionTest, AgreesWithSortingEveryColumn) {
  for (const size_t series :
       {size_t{1}, size_t{2}, size_t{3}, size_t{23}, size_t{24}, size_t{25}, size_t{200}, size_t{1001}}) {
    SCOPED_TRACE(series);
    const size_t points = 301;
    const std::vector<double> values = Mixture(series, points, series);
    const CrossSections sections = MeasureCrossSections({values, series, points});
    for (size_t t = 0; t < points; ++t) {
      std::vector<double> column;
      for (size_t s = 0; s < series; ++s) {
        const double value = values[s * points + t];
        if (std::isfinite(value)) {
          column.push_back(value);
        }
      }
      ASSERT_EQ(sections.present[t], column.size());
      if (column.empty()) {
        ASSERT_TRUE(std::isnan(sections.median[t]) && std::isnan(sections.distance[t]));
        continue;
      }
      const auto median_of = [](std::vector<double> sorted) {
        std::sort(sorted.begin(), sorted.end());
        return sorted[(sorted.size() - 1) / 2] / 2 + sorted[sorted.size() / 2] / 2;
      };
      const double median = median_of(column);
      ASSERT_DOUBLE_EQ(sections.median[t], median) << "time " << t;
      for (double& value : column) {
        value = std::abs(value - sections.median[t]);
      }
      ASSERT_DOUBLE_EQ(sections.distance[t], median_of(column)) << "time " << t;
    }
  }
}

TEST(CrossSectionTest, FindsWhereTheGroupEnds) {
  // One time, in any order: 0 1 2 hang together, 4.5 is more than 2 away, and so is -3; NaN and infinity belong
  // nowhere.
  const std::vector<double> values = {4.5, 1, 2, -3, 0, 1.5, std::nan(""), HUGE_VAL};
  const std::vector<double> median = {1.25};
  const GroupEdges edges = FindConnectedEdges({values, values.size(), 1}, median, std::vector<double>{2.0});
  EXPECT_EQ(edges.lower[0], 0);
  EXPECT_EQ(edges.upper[0], 2);
  const GroupEdges wide = FindConnectedEdges({values, values.size(), 1}, median, std::vector<double>{3.0});
  EXPECT_EQ(wide.lower[0], -3);
  EXPECT_EQ(wide.upper[0], 4.5);
}

}  // namespace
}  // namespace bellwether
