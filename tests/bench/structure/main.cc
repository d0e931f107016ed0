// structure_yardstick changes [REPLICATES [FIRST_SEED]]   change points on series of known truth
// structure_yardstick lifelike [REPLICATES [FIRST_SEED]]  the same on series like those people keep
// structure_yardstick online-changes, online-lifelike    the same for the online search
// structure_yardstick trend [REPLICATES [FIRST_SEED]]     false trends at 5 % and power on AR(1) noise

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/changepoint/online_changepoints.h"
#include "server/analytics/trend/trend.h"
#include "tests/bench/structure/generated.h"
#include "tests/bench/structure/lifelike.h"
#include "tests/bench/structure/references.h"
#include "tests/bench/structure/score.h"

namespace bellwether {
namespace {

constexpr size_t kLongest = 1000;  // for the references, whose time grows with the square

/// Means over the series of a group, of one method.
struct Sum {
  double f1 = 0;
  double cover = 0;
  double reported = 0;
  double count = 0;

  void Add(const KnownSeries& series, const std::vector<size_t>& found) {
    f1 += ChangeF1(series.changes, found, series.values.size());
    cover += ChangeCover(series.changes, found, series.values.size());
    reported += static_cast<double>(found.size());
    ++count;
  }
  void Print() const {
    if (count > 0) {
      std::printf("  %6.3f %6.3f %5.2f", f1 / count, cover / count, reported / count);
    }
  }
};

/// Bellwether's figures and those of what people reach for.
struct Row {
  Sum ours;
  Sum pelt;
  Sum binary;
  Sum none;

  void Add(const KnownSeries& series, const std::vector<size_t>& found) {
    ours.Add(series, found);
    if (series.values.size() <= kLongest) {
      pelt.Add(series, PeltChanges(series.values));
      binary.Add(series, BinarySegmentationChanges(series.values));
    }
    none.Add(series, {});
  }
  void Print(const std::string& name) const {
    std::printf("%-22s", name.c_str());
    ours.Print();
    none.Print();
    binary.Print();
    pelt.Print();
    std::printf("\n");
  }
};

/// How often changes of each confidence were right.
class Calibration {
 public:
  void Add(const KnownSeries& series, const ChangePoint& change) {
    const auto bucket = static_cast<size_t>(std::clamp(change.confidence * 10, 0.0, 9.0));
    ++claimed_[bucket];
    const size_t margin = std::max<size_t>(5, series.values.size() / 100);
    right_[bucket] += std::any_of(series.changes.begin(), series.changes.end(), [&](size_t place) {
      return std::max(place, change.index) - std::min(place, change.index) <= margin;
    });
  }
  void Print() const {
    std::printf("\nconfidence: changes, share right\n");
    for (size_t b = 0; b < claimed_.size(); ++b) {
      if (claimed_[b] > 0) {
        std::printf("%.1f-%.1f %6.0f %6.2f\n", 0.1 * static_cast<double>(b), 0.1 * static_cast<double>(b + 1),
                    claimed_[b], right_[b] / claimed_[b]);
      }
    }
  }

 private:
  std::array<double, 10> claimed_{};
  std::array<double, 10> right_{};
};

bool HasNoChange(const std::string& kind) { return kind.starts_with("none/") || kind.ends_with("/none"); }

/// How long right changes take to be told online.
class Delays {
 public:
  void Add(const KnownSeries& series, const OnlineChange& told) {
    for (const size_t place : series.changes) {
      if (std::max(place, told.change.index) - std::min(place, told.change.index) <= 5 && told.told_at >= place) {
        delays_.push_back(static_cast<double>(told.told_at - place));
        return;
      }
    }
  }
  void Print() {
    if (!delays_.empty()) {
      std::sort(delays_.begin(), delays_.end());
      std::printf("values until a right change is told: median %.0f, nine of ten within %.0f\n",
                  delays_[delays_.size() / 2], delays_[delays_.size() * 9 / 10]);
    }
  }

 private:
  std::vector<double> delays_;
};

std::vector<ChangePoint> FindChanges(const KnownSeries& series, bool online, Delays& delays) {
  if (!online) {
    return FindChangePoints(series.values);
  }
  std::vector<ChangePoint> changes;
  for (const OnlineChange& told : FindChangePointsOnline(series.values)) {
    changes.push_back(told.change);
    delays.Add(series, told);
  }
  return changes;
}

void RateChanges(const std::vector<std::string>& kinds, KnownSeries (*draw)(std::string_view, uint64_t),
                 uint64_t replicates, uint64_t first_seed, bool online) {
  std::map<std::string, Row> groups;
  Calibration calibration;
  Delays delays;
  std::printf("%-22s  %-20s  %-20s  %-20s  %-20s\n", "F1 cover reported", "Bellwether", "nothing",
              "binary segmentation", "PELT");
  double seconds = 0;
  for (const std::string& kind : kinds) {
    Row row;
    for (uint64_t r = 0; r < replicates; ++r) {
      const KnownSeries series = draw(kind, first_seed + r);
      const auto start = std::chrono::steady_clock::now();
      const std::vector<ChangePoint> changes = FindChanges(series, online, delays);
      seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      std::vector<size_t> found;
      for (const ChangePoint& change : changes) {
        found.push_back(change.index);
        calibration.Add(series, change);
      }
      row.Add(series, found);
      groups[HasNoChange(kind) ? "without change" : "with changes"].Add(series, found);
      groups["~ all"].Add(series, found);
    }
    row.Print(kind);
  }
  std::printf("\n");
  for (const auto& [name, row] : groups) {
    row.Print(name);
  }
  calibration.Print();
  delays.Print();
  std::printf("seconds %.1f\n", seconds);
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
  const bool online = what.starts_with("online-");
  if (what == "changes" || what == "online-changes") {
    bellwether::RateChanges(bellwether::StructureKinds(), &bellwether::DrawSeries, replicates, first_seed, online);
  } else if (what == "lifelike" || what == "online-lifelike") {
    const auto kinds = bellwether::LifelikeKinds();
    bellwether::RateChanges({kinds.begin(), kinds.end()}, &bellwether::DrawLifelike, replicates, first_seed, online);
  } else if (what == "trend") {
    bellwether::RateTrend(replicates, first_seed);
  } else {
    std::fprintf(
        stderr,
        "Say what to rate: structure_yardstick [online-]changes|[online-]lifelike|trend [REPLICATES [FIRST_SEED]].\n");
    return 2;
  }
  return 0;
}
