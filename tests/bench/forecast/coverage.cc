#include "tests/bench/forecast/coverage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <span>

#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/threshold_crossing.h"
#include "tests/bench/forecast/known_laws.h"

namespace bellwether::forecast_yardstick {
namespace {

constexpr std::array<double, 3> kLevels = {0.8, 0.95, 0.99};
constexpr size_t kFutures = 64;             // for what a band holds
constexpr size_t kCrossingFutures = 2'000;  // for what is rare
constexpr std::array<double, 4> kChances = {0.01, 0.05, 0.2, 0.5};
constexpr int64_t kHourNs = int64_t{3600} * 1'000'000'000;

/// A history, what can follow it, and the forecast of it.
struct Trial {
  std::vector<std::vector<double>> futures;
  Forecast forecast;
};

std::optional<Trial> Try(Law law, size_t rows, size_t futures, uint64_t seed, const CoverageOptions& options) {
  std::mt19937_64 random(seed * 1'000'003 + rows);
  LawProcess process(law);
  const size_t before = 96 + (options.any_hour ? random() % 168 : 0);
  for (size_t i = 0; i < before; ++i) {
    process.Next(random);  // so that it has forgotten how it began
  }
  std::vector<double> values(rows);
  for (double& value : values) {
    value = process.Next(random);
  }
  Trial trial;
  for (size_t i = 0; i < futures; ++i) {
    LawProcess copy = process;
    std::vector<double>& future = trial.futures.emplace_back(options.horizon);
    for (double& value : future) {
      value = copy.Next(random);
    }
  }
  ForecastInput input;
  input.values = values;
  input.step_ns = kHourNs;
  const auto fitted = FitForecast(options.method, input, options.horizon);
  if (!fitted.ok()) {
    return std::nullopt;
  }
  trial.forecast = (*fitted)->Predict(options.horizon, kLevels);
  return trial;
}

bool IsWanted(const NamedLaw& law, const CoverageOptions& options) {
  return law.name.find(options.law) != std::string_view::npos;
}

/// Counts of the cells of a table by how far they are from their level.
struct Distances {
  size_t cells = 0;
  size_t beyond_one = 0;
  size_t beyond_two = 0;
  double squares = 0;

  void Add(double distance) {
    ++cells;
    beyond_one += std::abs(distance) > 0.01;
    beyond_two += std::abs(distance) > 0.02;
    squares += distance * distance;
  }
};

/// What bands with whole edges hold of a Poisson count, for one who knows its law.
struct WholeEdges {
  double nearest = 0;    ///< that which comes nearest to the level
  double narrowest = 0;  ///< the narrowest that holds it; of those the likeliest
  double tenths = 0;     ///< that between the quantiles of the law (the tenths for 80 %)

  WholeEdges(double mean, double level) {
    const auto most = static_cast<size_t>(mean + 12 * std::sqrt(mean) + 20);
    std::vector<double> below(1, 0.0);  // the chance of less than k
    for (size_t k = 0; k < most; ++k) {
      const auto count = static_cast<double>(k);
      below.push_back(below.back() + std::exp(count * std::log(mean) - mean - std::lgamma(count + 1)));
    }
    size_t width = most;
    for (size_t low = 0; low < most; ++low) {
      for (size_t high = low + 1; high <= most; ++high) {
        const double holds = below[high] - below[low];
        nearest = std::abs(holds - level) < std::abs(nearest - level) ? holds : nearest;
        if (holds >= level && (high - low < width || (high - low == width && holds > narrowest))) {
          width = high - low;
          narrowest = holds;
        }
      }
    }
    const auto quantile = [&](double p) { return std::lower_bound(below.begin() + 1, below.end(), p); };
    tenths = *quantile(0.5 + 0.5 * level) - *(quantile(0.5 - 0.5 * level) - 1);
  }
};

/// Those on average over a day: nobody who gives whole edges is nearer to the level than that.
void PrintWholeEdges(const NamedLaw& law) {
  constexpr size_t kDay = 24;
  for (const double level : kLevels) {
    double nearest = 0;
    double narrowest = 0;
    double tenths = 0;
    for (size_t hour = 0; hour < kDay; ++hour) {
      const WholeEdges edges(*MeanCount(law.law, hour), level);
      nearest += edges.nearest / kDay;
      narrowest += edges.narrowest / kDay;
      tenths += edges.tenths / kDay;
    }
    std::printf(
        "%-26.26s   law %5.2f known, whole edges: nearest to it %.3f, narrowest that holds it %.3f, between its "
        "quantiles %.3f\n",
        law.name.data(), level, nearest, narrowest, tenths);
  }
}

}  // namespace

void RunCoverage(const CoverageOptions& options) {
  std::vector<size_t> steps;
  for (size_t step = 1; step <= options.horizon; step = options.steps ? step + 1 : 2 * step) {
    steps.push_back(step);
  }
  if (steps.back() != options.horizon) {
    steps.push_back(options.horizon);
  }
  std::printf("%-26s %5s %5s", "law", "rows", "level");
  for (const size_t step : steps) {
    std::printf(" +%-4zu", step);
  }
  std::printf("  mean farthest at  width\n");
  std::vector<Distances> distances(options.rows.size() * kLevels.size());
  for (const NamedLaw& law : KnownLaws()) {
    for (size_t r = 0; IsWanted(law, options) && r < options.rows.size(); ++r) {
      std::array<std::vector<double>, kLevels.size()> held;
      held.fill(std::vector<double>(options.horizon, 0.0));
      std::array<double, kLevels.size()> width{};
      for (size_t i = 0; i < options.series; ++i) {
        const std::optional<Trial> trial = Try(law.law, options.rows[r], kFutures, options.first_seed + i, options);
        if (!trial.has_value()) {
          return;
        }
        for (size_t l = 0; l < kLevels.size(); ++l) {
          const Band& band = trial->forecast.bands[l];
          for (size_t h = 0; h < options.horizon; ++h) {
            width[l] += (band.upper[h] - band.lower[h]) / static_cast<double>(options.horizon * options.series);
            for (const std::vector<double>& future : trial->futures) {
              held[l][h] += future[h] >= band.lower[h] && future[h] <= band.upper[h];
            }
          }
        }
      }
      for (size_t l = 0; l < kLevels.size(); ++l) {
        double mean = 0;
        size_t farthest = 0;
        for (size_t h = 0; h < options.horizon; ++h) {
          double& share = held[l][h];
          share = share / static_cast<double>(options.series * kFutures) - kLevels[l];
          mean += share / static_cast<double>(options.horizon);
          farthest = std::abs(share) > std::abs(held[l][farthest]) ? h : farthest;
          distances[r * kLevels.size() + l].Add(share);
        }
        std::printf("%-26.26s %5zu %5.2f", law.name.data(), options.rows[r], kLevels[l]);
        for (const size_t step : steps) {
          std::printf(" %+.3f", held[l][step - 1]);
        }
        std::printf(" %+.3f  %+.3f %3zu %6.2f\n", mean, held[l][farthest], farthest + 1, width[l]);
      }
    }
  }
  for (const NamedLaw& law : KnownLaws()) {
    if (IsWanted(law, options) && MeanCount(law.law, 0).has_value()) {
      PrintWholeEdges(law);
    }
  }
  for (size_t i = 0; i < distances.size(); ++i) {
    const Distances& d = distances[i];
    std::printf(
        "%zu rows, %.0f %%: %zu of %zu steps off by more than .02, %zu by more than .01, root mean square %.4f\n",
        options.rows[i / kLevels.size()], 100 * kLevels[i % kLevels.size()], d.beyond_two, d.cells, d.beyond_one,
        std::sqrt(d.squares / static_cast<double>(d.cells)));
  }
}

void RunCrossing(const CoverageOptions& options) {
  std::printf("%-26s %5s", "law", "rows");
  for (const double chance : kChances) {
    std::printf("  said of %.2f", chance);
  }
  for (const double chance : kChances) {
    std::printf("  true of %.2f", chance);
  }
  std::printf("\n");
  for (const NamedLaw& law : KnownLaws()) {
    for (size_t r = 0; IsWanted(law, options) && r < options.rows.size(); ++r) {
      std::array<double, kChances.size()> said{};
      std::array<double, kChances.size()> truth{};
      for (size_t i = 0; i < options.series; ++i) {
        const std::optional<Trial> trial =
            Try(law.law, options.rows[r], kCrossingFutures, options.first_seed + i, options);
        if (!trial.has_value()) {
          return;
        }
        std::vector<double> peaks;
        for (const std::vector<double>& future : trial->futures) {
          peaks.push_back(*std::max_element(future.begin(), future.end()));
        }
        std::sort(peaks.begin(), peaks.end());
        const auto said_of = [&](double threshold) {
          return trial->forecast.distribution.CrossedBy(threshold, CrossingSide::kAbove).back();
        };
        for (size_t c = 0; c < kChances.size(); ++c) {
          const auto place = static_cast<size_t>((1 - kChances[c]) * static_cast<double>(kCrossingFutures));
          said[c] += said_of(peaks[place]);
          // The threshold that is said to be reached with this probability, by bisection.
          double low = peaks.front() - 10 * (peaks.back() - peaks.front());
          double high = peaks.back() + 10 * (peaks.back() - peaks.front());
          for (int turn = 0; turn < 16; ++turn) {
            const double middle = 0.5 * (low + high);
            (said_of(middle) > kChances[c] ? low : high) = middle;
          }
          truth[c] += static_cast<double>(peaks.end() - std::lower_bound(peaks.begin(), peaks.end(), high)) /
                      static_cast<double>(kCrossingFutures);
        }
      }
      std::printf("%-26.26s %5zu", law.name.data(), options.rows[r]);
      for (const auto* sums : {&said, &truth}) {
        for (const double sum : *sums) {
          std::printf("  %12.4f", sum / static_cast<double>(options.series));
        }
      }
      std::printf("\n");
    }
  }
}

}  // namespace bellwether::forecast_yardstick
