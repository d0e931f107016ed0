// structure_yardstick changes [REPLICATES [FIRST_SEED]]   change points on series of known truth
// structure_yardstick trend [REPLICATES [FIRST_SEED]]     false trends at 5 % and power on AR(1) noise

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/trend/trend.h"
#include "tests/bench/structure/generated.h"
#include "tests/bench/structure/score.h"

namespace bellwether {
namespace {

struct Sum {
  double f1 = 0;
  double cover = 0;
  double reported = 0;
  double count = 0;

  void Add(double one_f1, double one_cover, double one_reported) {
    f1 += one_f1;
    cover += one_cover;
    reported += one_reported;
    ++count;
  }
  void Print(const std::string& name) const {
    std::printf("%-22s %8.3f %8.3f %10.2f\n", name.c_str(), f1 / count, cover / count, reported / count);
  }
};

void RateChanges(uint64_t replicates, uint64_t first_seed) {
  std::map<std::string, Sum> groups;
  std::vector<double> claimed(10);
  std::vector<double> right(10);
  std::printf("%-22s %8s %8s %10s\n", "kind", "F1", "cover", "reported");
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& kind : StructureKinds()) {
    Sum sum;
    for (uint64_t r = 0; r < replicates; ++r) {
      const KnownSeries series = DrawSeries(kind, first_seed + r);
      std::vector<size_t> reported;
      for (const ChangePoint& change : FindChangePoints(series.values)) {
        reported.push_back(change.index);
        const auto bucket = static_cast<size_t>(std::clamp(change.confidence * 10, 0.0, 9.0));
        ++claimed[bucket];
        const size_t margin = std::max<size_t>(5, series.values.size() / 100);
        right[bucket] += std::any_of(series.changes.begin(), series.changes.end(), [&](size_t place) {
          return std::max(place, change.index) - std::min(place, change.index) <= margin;
        });
      }
      const size_t n = series.values.size();
      const double f1 = ChangeF1(series.changes, reported, n);
      const double cover = ChangeCover(series.changes, reported, n);
      sum.Add(f1, cover, static_cast<double>(reported.size()));
      groups[kind.substr(0, kind.find('/'))].Add(f1, cover, static_cast<double>(reported.size()));
      groups[kind.starts_with("none") ? "all without change" : "all with changes"].Add(
          f1, cover, static_cast<double>(reported.size()));
    }
    sum.Print(kind);
  }
  std::printf("\n");
  for (const auto& [name, sum] : groups) {
    sum.Print(name);
  }
  std::printf("\nconfidence: share right\n");
  for (size_t b = 0; b < claimed.size(); ++b) {
    if (claimed[b] > 0) {
      std::printf("%.1f-%.1f %6.0f %6.2f\n", 0.1 * static_cast<double>(b), 0.1 * static_cast<double>(b + 1), claimed[b],
                  right[b] / claimed[b]);
    }
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  std::printf("seconds %.1f\n", spent.count());
}

void RateTrend(uint64_t replicates, uint64_t first_seed) {
  std::printf("%6s %6s %9s %9s %9s\n", "points", "phi", "false", "power", "coverage");
  for (const size_t n : {30, 50, 100, 200, 300, 500, 1000, 2000}) {
    for (const double phi : {0.0, 0.3, 0.5, 0.7, 0.9, 0.95, 1.0}) {
      double called = 0;
      double found = 0;
      double covered = 0;
      const uint64_t runs = n > 500 ? replicates / 2 : replicates;
      const double length = static_cast<double>(n);
      const double inflation = phi < 1 ? std::sqrt((1 + phi) / (1 - phi)) : std::sqrt(length);
      const double slope = 4 * inflation * std::sqrt(12 / (length * length * length));
      for (uint64_t r = 0; r < runs; ++r) {
        std::vector<double> values = Ar1(n, phi, first_seed + r + n * 7919);
        const auto trend = EstimateTrend(values);
        called += trend->p_value < 0.05;
        covered += trend->slope_lower <= 0 && trend->slope_upper >= 0;
        for (size_t i = 0; i < n; ++i) {
          values[i] += slope * static_cast<double>(i);
        }
        found += EstimateTrend(values)->p_value < 0.05;
      }
      const double count = static_cast<double>(runs);
      std::printf("%6zu %6.2f %9.3f %9.3f %9.3f\n", n, phi, called / count, found / count, covered / count);
    }
  }
}

}  // namespace
}  // namespace bellwether

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const uint64_t replicates = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100;
  const uint64_t first_seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  if (what == "changes") {
    bellwether::RateChanges(replicates, first_seed);
  } else if (what == "trend") {
    bellwether::RateTrend(replicates, first_seed);
  } else {
    std::fprintf(stderr, "Say what to rate: structure_yardstick changes|trend [REPLICATES [FIRST_SEED]].\n");
    return 2;
  }
  return 0;
}
