#include "server/analytics/forecast/fourier_waves.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace bellwether {
namespace {

constexpr double kDaySeconds = 86'400;
constexpr double kYearDays = 365.2425;

/// The length of a season as the calendar has it: a year is not a whole number of days or weeks.
double ExactPeriod(size_t season, int64_t step_ns) {
  const double days = static_cast<double>(season) * static_cast<double>(step_ns) / 1e9 / kDaySeconds;
  if (std::abs(days - kYearDays) < 3) {
    return kYearDays * kDaySeconds * 1e9 / static_cast<double>(step_ns);
  }
  return static_cast<double>(season);
}

/// Steps after which all waves repeat, at most `rows`.
size_t CycleOf(std::span<const FourierWave> waves, size_t rows) {
  double longest = 1;
  for (const FourierWave& wave : waves) {
    longest = std::max(longest, wave.period);
  }
  const bool whole = std::all_of(waves.begin(), waves.end(), [&](const FourierWave& wave) {
    return std::fmod(longest, wave.period) == 0 && std::floor(longest) == longest;
  });
  return std::max<size_t>(1, whole ? std::min(rows, static_cast<size_t>(longest)) : rows);
}

}  // namespace

std::vector<FourierWave> SeasonWaves(const MemberSetting& setting, size_t most_short, size_t most_long) {
  std::vector<FourierWave> waves;
  if (setting.seasons.empty()) {
    return waves;
  }
  const size_t m = setting.seasons.front();
  const size_t longest = setting.seasons.back();
  for (size_t k = 1; k <= std::min((m - 1) / 2, most_short); ++k) {
    waves.push_back({ExactPeriod(m, setting.step_ns), k});
  }
  for (size_t k = 1; m != longest && k <= std::min((longest - 1) / 2, most_long); ++k) {
    if (k * m % longest != 0) {
      waves.push_back({ExactPeriod(longest, setting.step_ns), k});
    }
  }
  return waves;
}

WaveTable::WaveTable(std::span<const FourierWave> waves, size_t rows)
    : columns_(2 * waves.size()), cycle_(CycleOf(waves, rows)), table_(waves.empty() ? 0 : cycle_, columns_) {
  for (size_t k = 0; k < waves.size(); ++k) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(waves[k].harmonic) / waves[k].period;
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    double cosine = 1;
    double sine = 0;
    for (size_t t = 0; t < cycle_; ++t) {
      table_.row(t)[2 * k] = sine;
      table_.row(t)[2 * k + 1] = cosine;
      const double next = cosine * c - sine * s;
      sine = sine * c + cosine * s;
      cosine = next;
    }
  }
}

void WaveTable::AddProducts(size_t from, std::span<const double> coefficients, std::span<double> sums) const {
  for (size_t h = 0; h < sums.size() && columns_ > 0;) {
    const size_t first = (from + h) % cycle_;
    const size_t count = std::min(sums.size() - h, cycle_ - first);
    AddRowProducts(table_, first, coefficients, sums.subspan(h, count));
    h += count;
  }
}

}  // namespace bellwether
