#include "tests/bench/injected/scorers.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "server/analytics/anomaly/detector.h"
#include "server/analytics/multivariate/isolation_forest.h"

namespace bellwether::injected {
namespace {

constexpr size_t kLags = 8;
constexpr size_t kFeatures = kLags + 2;
constexpr size_t kRefit = 2000;

Scored ByDetector(std::span<const int64_t> times, std::span<const double> values, const std::string& method,
                  const DetectorOptions& options, DetectionMode mode) {
  auto detection = Detect(times, values, method, options, mode);
  if (!detection.ok()) {
    return {.score = std::vector<double>(values.size(), 0.0), .is_anomaly = {}};
  }
  return {.score = std::move(detection->score), .is_anomaly = std::move(detection->is_anomaly)};
}

Scored ByForest(std::span<const int64_t> times, std::span<const double> values) {
  const size_t n = values.size();
  Scored scored{.score = std::vector<double>(n, 0.0), .is_anomaly = {}};
  std::vector<double> features(n * kFeatures);
  double last = 0;
  for (size_t i = 0; i < n; ++i) {
    last = std::isfinite(values[i]) ? values[i] : last;
    features[i] = last;
    for (size_t lag = 1; lag < kLags; ++lag) {
      features[lag * n + i] = i > 0 ? features[(lag - 1) * n + i - 1] : last;
    }
    const double turn = 2 * std::numbers::pi * static_cast<double>(times[i] % 86'400'000'000'000) / 86'400e9;
    features[kLags * n + i] = std::cos(turn);
    features[(kLags + 1) * n + i] = std::sin(turn);
  }
  // Rows [from, to) of every feature, side by side.
  const auto rows = [&](size_t from, size_t to) {
    std::vector<double> part;
    part.reserve((to - from) * kFeatures);
    for (size_t feature = 0; feature < kFeatures; ++feature) {
      const auto column = features.begin() + static_cast<std::ptrdiff_t>(feature * n);
      part.insert(part.end(), column + static_cast<std::ptrdiff_t>(from), column + static_cast<std::ptrdiff_t>(to));
    }
    return part;
  };
  for (size_t from = n / 5; from < n; from += kRefit) {
    const std::vector<double> history = rows(0, from);
    const auto forest = IsolationForest::Fit({.values = history, .rows = from, .features = kFeatures});
    if (!forest.ok()) {
      continue;
    }
    const size_t to = std::min(n, from + kRefit);
    const std::vector<double> part = rows(from, to);
    forest->Score({.values = part, .rows = to - from, .features = kFeatures},
                  std::span<double>(scored.score).subspan(from, to - from));
  }
  return scored;
}

}  // namespace

absl::StatusOr<Scorer> MakeScorer(const std::string& method, double false_alarms_per_week) {
  if (method == "isolation-forest") {
    return ByForest;
  }
  DetectorOptions options;
  options.false_alarms_per_week = false_alarms_per_week;
  const bool batch = method == "batch";
  const std::string id = batch ? "auto" : method;
  if (const auto made = MakeStreamingDetector(id, options); !made.ok()) {
    return made.status();
  }
  return [id, options, batch](std::span<const int64_t> times, std::span<const double> values) {
    return ByDetector(times, values, id, options, batch ? DetectionMode::kBatch : DetectionMode::kOnline);
  };
}

}  // namespace bellwether::injected
