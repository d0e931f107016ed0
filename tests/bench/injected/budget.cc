#include "tests/bench/injected/budget.h"

#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <random>

#include "server/analytics/anomaly/detector.h"
#include "tests/bench/injected/for_each.h"

namespace bellwether::injected {
namespace {

constexpr size_t kWeek = 2016;
constexpr size_t kWeeks = 8;
constexpr int64_t kStepNs = int64_t{300} * 1'000'000'000;
constexpr int64_t kStartNs = int64_t{1'700'006'400} * 1'000'000'000;
constexpr std::array<const char*, 6> kStreams = {"white",      "AR(1) .9",     "t3",
                                                 "Poisson .2", "daily season", "heteroscedastic"};
constexpr std::array<double, 3> kBudgets = {7.0 / 30, 1, 7};

/// The values of one stream, one after the other.
class Stream {
 public:
  Stream(size_t kind, uint64_t seed) : kind_(kind), random_(seed) {}

  double Next(size_t row) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(row % 288) / 288;
    switch (kind_) {
      case 1:
        return state_ = 0.9 * state_ + normal_(random_);
      case 2:
        return heavy_(random_);
      case 3:
        return static_cast<double>(counts_(random_));
      case 4:
        return 3 * std::sin(turn) + normal_(random_);
      case 5:
        return normal_(random_) * (1 + 0.8 * std::sin(turn));
      default:
        return normal_(random_);
    }
  }

 private:
  size_t kind_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  std::student_t_distribution<double> heavy_{3};
  std::poisson_distribution<int> counts_{0.2};
  double state_ = 0;
};

/// Alarms of one series in the second to fourth and in the later weeks.
std::array<size_t, 2> AlarmsOf(const std::string& method, size_t kind, double budget, uint64_t seed) {
  DetectorOptions options;
  options.false_alarms_per_week = budget;
  const auto detector = MakeStreamingDetector(method, options);
  std::array<size_t, 2> alarms{};
  if (!detector.ok()) {
    return alarms;
  }
  Stream stream(kind, seed);
  bool was = false;
  for (size_t row = 0; row < kWeek * kWeeks; ++row) {
    const Verdict verdict = (*detector)->Observe(kStartNs + static_cast<int64_t>(row) * kStepNs, stream.Next(row));
    if (row >= kWeek && verdict.is_anomaly && !was) {
      ++alarms[row >= kWeek * kWeeks / 2 ? 1 : 0];
    }
    was = verdict.is_anomaly;
  }
  return alarms;
}

}  // namespace

std::vector<BudgetResult> MeasureBudgets(const std::string& method, size_t series, size_t jobs) {
  std::vector<BudgetResult> results;
  for (size_t kind = 0; kind < kStreams.size(); ++kind) {
    for (const double budget : kBudgets) {
      std::vector<std::array<size_t, 2>> alarms(series);
      ForEach(series, jobs, [&](size_t k) { alarms[k] = AlarmsOf(method, kind, budget, 7919 * k + kind + 1); });
      double sum = 0;
      double squares = 0;
      double late = 0;
      for (const auto& [early, later] : alarms) {
        const auto all = static_cast<double>(early + later);
        sum += all;
        squares += all * all;
        late += static_cast<double>(later);
      }
      const auto n = static_cast<double>(series);
      const double promised = budget * static_cast<double>(kWeeks - 1);
      const double variance = std::max(0.0, squares / n - sum / n * (sum / n));
      results.push_back({.stream = kStreams[kind],
                         .promised = budget,
                         .ratio = sum / n / promised,
                         .error = std::sqrt(variance / n) / promised,
                         .late = late / n / (budget * static_cast<double>(kWeeks) / 2)});
    }
  }
  return results;
}

}  // namespace bellwether::injected
