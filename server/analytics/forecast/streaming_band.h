#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/forecast/distribution.h"

namespace bellwether {

/// The two edges of one interval at one step.
struct BandEdges {
  double lower = 0;
  double upper = 0;
};

/// Bands about forecasts that are made one after another, which keep their coverage while the series drifts away from
/// what the forecasts learned: adaptive conformal inference (Gibbs and Candès 2021, "Adaptive conformal inference under
/// distribution shift") with several rates side by side, weighted by how well each did lately (Zaffran, Féron, Goude,
/// Josse, Dieuleveut 2022, "Adaptive conformal predictions for time series"). What is adapted is the logarithm of a
/// factor on the distance of each edge from the median, not the level asked for, so that bands stay finite (tracking of
/// the score's quantile: Angelopoulos, Candès, Tibshirani 2023, "Conformal PID control for time series prediction"),
/// and a slow correction of the weighted mean holds the coverage in the long run whatever the weights. Each side of
/// each level has its own; the median is moved in the same way by the bias of late. A value of fixed size;
/// deterministic; not to be fed by two threads at once.
class StreamingForecastBand {
 public:
  /// `levels` ascend, each above 0 and below 1. Edges stay within the range of the metric.
  StreamingForecastBand(std::span<const double> levels, const ValueRange& range);

  /// The median for step `h` of a forecast, moved.
  [[nodiscard]] double Median(const ForecastDistribution& forecast, size_t h) const;

  /// The band of each level for step `h` of a forecast: nested, about that median, finite.
  [[nodiscard]] std::vector<BandEdges> Edges(const ForecastDistribution& forecast, size_t h) const;

  /// Learns from what became of step `h` of a forecast. Outcomes that are not finite are passed over. O(levels).
  void Observe(const ForecastDistribution& forecast, size_t h, double outcome);

  /// Outcomes so far, and the share of them inside the band of each level as it stood before.
  [[nodiscard]] size_t outcomes() const { return outcomes_; }
  [[nodiscard]] std::vector<double> Coverage() const;

 private:
  static constexpr size_t kRates = 5;

  /// A number learned at several rates side by side.
  struct Adapted {
    double values[kRates] = {};
    double losses[kRates] = {};  ///< of each, lately
    double correction = 0;

    [[nodiscard]] double Value() const;
  };

  /// The logarithm of a factor on the distance from the median that a forecast gives an edge.
  struct Edge {
    double miss_rate = 0;  ///< the share of outcomes to be beyond it
    Adapted factor;

    /// `outcome` lay so many of the forecast's distances out; `is_missed` tells whether it was beyond the edge in
    /// force.
    void Learn(double outcome, bool is_missed, bool is_pushed);
  };

  /// Where one edge stands.
  struct Reach {
    double own = 0;          ///< distance from the median that the forecast gives it, at least 0
    double in_force = 0;     ///< after the factor
    bool is_pushed = false;  ///< by an inner edge
  };
  [[nodiscard]] std::vector<Reach> ReachOf(const ForecastDistribution& forecast, size_t h,
                                           const std::vector<Edge>& edges, double side) const;
  void LearnShift(double own_median, double outcome);

  std::vector<double> levels_;
  ValueRange range_;
  std::vector<Edge> lower_;
  std::vector<Edge> upper_;
  Adapted shift_;  ///< of the median
  std::vector<size_t> held_;
  size_t outcomes_ = 0;
  double usual_miss_ = 0;  ///< distance of outcomes from the median lately
};

}  // namespace bellwether
