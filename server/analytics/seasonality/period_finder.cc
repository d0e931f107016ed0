#include "server/analytics/seasonality/period_finder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include "server/analytics/seasonality/comb_test.h"
#include "server/analytics/seasonality/whitening.h"
#include "server/analytics/series/fast_exp.h"
#include "server/analytics/series/fft.h"
#include "server/analytics/series/robust.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kMinPoints = 16;
constexpr size_t kMaxPoints = size_t{1} << 16;  // the newest ones: bounds time and memory
constexpr double kFalsePeriodRate = 0.001;
constexpr size_t kMaxHills = 10;
constexpr size_t kMaxTested = 10;
constexpr double kFewCycles = 4;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kDay = 24 * kHour;
constexpr int64_t kWeek = 7 * kDay;
/// Lengths that human calendars and schedulers impose.
constexpr std::array<int64_t, 8> kCalendar = {60 * kSecond,
                                              kHour,
                                              12 * kHour,
                                              kDay,
                                              kWeek,
                                              30 * kDay + 37740 * kSecond,
                                              91 * kDay + 27000 * kSecond,
                                              365 * kDay + 20940 * kSecond};
/// Those that stand for themselves: their fractions are harmonics.
constexpr std::array<int64_t, 4> kMainCalendar = {kHour, kDay, kWeek, 365 * kDay + 20940 * kSecond};

/// Cosines of evenly spaced angles, each from the two before.
class CosineRun {
 public:
  /// Next() gives the cosines of `angle` + `turn`, `angle` + 2 `turn` ...
  CosineRun(double angle, double turn)
      : twice_(2 * std::cos(turn)), before_(std::cos(angle)), cosine_(std::cos(angle + turn)) {}
  double Next() {
    const double now = cosine_;
    cosine_ = twice_ * now - before_;
    before_ = now;
    return now;
  }

 private:
  double twice_;
  double before_;
  double cosine_;
};

/// Indices of the `count` highest local maxima of `curve` in [from, to), its last number among them where it is above
/// the one before.
std::vector<size_t> HighestHills(std::span<const float> curve, size_t from, size_t to, size_t count) {
  std::vector<size_t> hills;
  const size_t last = curve.size() - 1;
  if (to > last && last > from && curve[last] > curve[last - 1]) {
    hills.push_back(last);
  }
  for (size_t k = std::max<size_t>(from, 1); k + 1 < std::min(to, curve.size()); ++k) {
    if (curve[k] > 0 && curve[k] >= curve[k - 1] && curve[k] > curve[k + 1]) {
      hills.push_back(k);
    }
  }
  const size_t kept = std::min(count, hills.size());
  std::partial_sort(hills.begin(), hills.begin() + static_cast<ptrdiff_t>(kept), hills.end(),
                    [&](size_t a, size_t b) { return curve[a] != curve[b] ? curve[a] > curve[b] : a < b; });
  hills.resize(kept);
  return hills;
}

/// One search: the differenced series and what is known of its periods so far.
class PeriodSearch {
 public:
  PeriodSearch(std::vector<double> differences, int64_t step_ns) : series_(std::move(differences)), step_ns_(step_ns) {
    comb_.Load(series_);
    for (const int64_t length : kCalendar) {
      const double period = CalendarSteps(length);
      if (period >= 2 && period <= static_cast<double>(series_.size()) / 2) {
        calendar_.push_back(period);
      }
    }
  }

  /// The next period, 0 when nothing is left that noise would not do as well.
  double Next();

 private:
  double CalendarSteps(int64_t length) const {
    return step_ns_ > 0 ? static_cast<double>(length) / static_cast<double>(step_ns_) : 0.0;
  }
  bool IsCalendar(double period) const {
    return std::any_of(calendar_.begin(), calendar_.end(), [&](double p) { return std::abs(p - period) < 1e-6 * p; });
  }
  bool IsMainCalendar(double period) const {
    return std::any_of(kMainCalendar.begin(), kMainCalendar.end(), [&](int64_t length) {
      const double steps = CalendarSteps(length);
      return steps >= 2 && std::abs(steps - period) < 1e-6 * steps;
    });
  }
  bool Significant(const CombResult& result) const {
    const double tries = IsCalendar(result.period) ? static_cast<double>(std::max<size_t>(calendar_.size(), 1))
                                                   : static_cast<double>(series_.size());
    return result.evidence > std::log(tries / kFalsePeriodRate);
  }
  std::vector<double> Candidates();
  void Screen(std::span<const float> whitened, std::vector<double>& candidates) const;
  CombResult Refined(CombResult best);
  CombResult ShortestMember(CombResult best);
  double NestedPeriod(const CombResult& found) const;
  void TakeOut(double period);

  std::vector<double> series_;
  CombTest comb_;
  int64_t step_ns_;
  std::vector<double> calendar_;
  std::vector<double> taken_;
};

/// Calendar periods, hills of the whitened autocorrelation and peaks of the whitened spectrum.
std::vector<double> PeriodSearch::Candidates() {
  const size_t n = series_.size();
  const size_t size = RealFft::SizeFor(2 * n);
  std::vector<float> power(size / 2 + 1);
  WithFft(size, [&](RealFft& transform) {
    // A Hann window.
    const std::span<const float> series = comb_.series();
    const double turn = 2 * std::numbers::pi / static_cast<double>(n);
    CosineRun cosine(-0.5 * turn, turn);
    for (size_t i = 0; i < size / 2; ++i) {
      transform.even()[i] = 2 * i < n ? series[2 * i] * (0.5f - 0.5f * static_cast<float>(cosine.Next())) : 0.0f;
      transform.odd()[i] = 2 * i + 1 < n ? series[2 * i + 1] * (0.5f - 0.5f * static_cast<float>(cosine.Next())) : 0.0f;
    }
    transform.PowerSpectrum(power);
  });
  if (const float most = *std::max_element(power.begin(), power.end()); !(most > 0)) {
    return {};
  }
  Whiten(power, 24 * size / n);

  std::vector<double> candidates = calendar_;
  const size_t lowest_bin = 2 * size / n;  // two cycles
  for (const size_t bin : HighestHills(power, lowest_bin, power.size(), kMaxHills)) {
    if (bin + 1 == power.size()) {
      candidates.push_back(2);
      continue;
    }
    const auto left = static_cast<double>(FastLog2(power[bin - 1]));
    const auto right = static_cast<double>(FastLog2(power[bin + 1]));
    const double curvature = left - 2 * static_cast<double>(FastLog2(power[bin])) + right;
    const double shift = curvature < 0 ? std::clamp(0.5 * (left - right) / curvature, -0.5, 0.5) : 0.0;
    candidates.push_back(static_cast<double>(size) / (static_cast<double>(bin) + shift));
  }
  // The autocorrelation is the transform of the spectrum continued symmetrically.
  std::vector<float> autocorrelation(std::min(n / 2 + 2, power.size()));
  WithFft(size, [&](RealFft& transform) {
    const std::span<float> even = transform.even();
    const std::span<float> odd = transform.odd();
    for (size_t i = 0; i < size / 4; ++i) {
      even[i] = power[2 * i];
      odd[i] = power[2 * i + 1];
    }
    for (size_t i = size / 4; i < size / 2; ++i) {
      even[i] = power[size - 2 * i];
      odd[i] = power[size - 2 * i - 1];
    }
    transform.RealParts(autocorrelation);
  });
  for (size_t lag = 0; lag < autocorrelation.size(); ++lag) {
    // The taper thins out long lags.
    autocorrelation[lag] *= static_cast<float>(n) / static_cast<float>(n - std::min(lag, n - 1));
  }
  for (const size_t lag : HighestHills(autocorrelation, 2, n / 3 + 1, kMaxHills)) {
    candidates.push_back(static_cast<double>(lag));
  }
  std::vector<double> distinct;
  for (const double candidate : candidates) {
    const double resolution = 0.2 * candidate * candidate / static_cast<double>(n);
    const bool known = std::any_of(distinct.begin(), distinct.end(),
                                   [&](double other) { return std::abs(other - candidate) <= resolution; });
    if (!known && candidate >= 2 && candidate <= static_cast<double>(n) / 2) {
      distinct.push_back(candidate);
    }
  }
  Screen(power, distinct);
  return distinct;
}

/// Leaves the candidates worth an exact test: those whose lines in the whitened spectrum (which the taper weakens by
/// half) come to at least half of the evidence asked for, the best kMaxTested of them. Periods of a few cycles stay:
/// their lines are too dense for the background to be separate.
void PeriodSearch::Screen(std::span<const float> whitened, std::vector<double>& candidates) const {
  const double bins = 2 * static_cast<double>(whitened.size() - 1);
  std::vector<std::pair<double, double>> rated;  // gain, period
  std::vector<double> lines;
  for (const double period : candidates) {
    lines.clear();
    for (size_t j = 1; j <= std::min<size_t>(static_cast<size_t>(period / 2), 64); ++j) {
      const auto bin = static_cast<size_t>(std::lround(static_cast<double>(j) * bins / period));
      lines.push_back(static_cast<double>(whitened[std::min(bin, whitened.size() - 1)]));
    }
    double gain = 0;
    CombResult rough{.period = period, .evidence = 0, .gain = 0, .lines = {}, .powers = {}};
    // Calendar periods get the benefit of the doubt.
    rough.evidence = (IsCalendar(period) ? 4 : 2) * LadderEvidence(lines, &gain);
    const bool few_cycles = period * kFewCycles > static_cast<double>(series_.size());
    if (few_cycles || Significant(rough)) {
      rated.emplace_back(few_cycles ? std::numeric_limits<double>::max() : gain, period);
    }
  }
  std::stable_sort(rated.begin(), rated.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  rated.resize(std::min(rated.size(), kMaxTested));
  candidates.clear();
  for (const auto& [gain, period] : rated) {
    candidates.push_back(period);
  }
}

/// The exact length: fractions of a cycle over the whole series are tried, then a calendar length or an integer is
/// preferred when it does nearly as well.
CombResult PeriodSearch::Refined(CombResult best) {
  const double n = static_cast<double>(series_.size());
  const double cycles = n / best.period;
  if (IsCalendar(best.period)) {
    return best;
  }
  // Outwards on either side for as long as it gets better.
  const CombResult middle = best;
  for (const double side : {-1.0, 1.0}) {
    double gain = middle.gain;
    for (const double shift : {0.15, 0.3, 0.6}) {
      const double period = n / (cycles + side * shift);
      if (cycles + side * shift < 2 || period < 2) {
        break;
      }
      CombResult tried = comb_.Test(period, taken_);
      if (tried.gain <= gain) {
        break;
      }
      gain = tried.gain;
      if (gain > best.gain) {
        best = std::move(tried);
      }
    }
  }
  for (const double period : calendar_) {
    if (std::abs(n / period - n / best.period) <= 0.6) {
      CombResult tried = comb_.Test(period, taken_);
      if (tried.gain >= 0.6 * best.gain) {
        return tried;
      }
    }
  }
  const double rounded = std::round(best.period);
  if (rounded >= 2 && rounded != best.period) {
    CombResult tried = comb_.Test(rounded, taken_);
    if (tried.gain >= 0.9 * best.gain) {
      return tried;
    }
  }
  return best;
}

/// Replaces a period by the member of its family that the lines speak for: the calendar multiple it is a harmonic of,
/// the divisor that carries nearly all of its energy, or a period nested in it (the day in the week).
CombResult PeriodSearch::ShortestMember(CombResult best) {
  for (const int64_t length : kMainCalendar) {
    const double main = CalendarSteps(length);
    const double multiple = main / best.period;
    const double whole = std::round(multiple);
    if (whole < 2 || whole > 12 || std::abs(multiple - whole) > 0.02 * whole ||
        main > static_cast<double>(series_.size()) / 2) {
      continue;
    }
    std::vector<double> taken = taken_;
    taken.push_back(best.period);
    if (Significant(comb_.Test(main, taken))) {
      best = comb_.Test(main, taken_);
      break;
    }
  }
  const size_t lines = best.lines.size();
  std::vector<double> energy(lines);
  double total = 0;
  for (size_t j = 0; j < lines; ++j) {
    // Differencing multiplied the line by the square of 2 sin(pi f).
    const double sine = std::sin(std::numbers::pi * static_cast<double>(j + 1) / best.period);
    energy[j] = best.lines[j] / (sine * sine);
    total += energy[j];
  }
  const auto largest_divisor = static_cast<size_t>(std::min(best.period / 2, static_cast<double>(lines)));
  for (size_t q = largest_divisor; q >= 2; --q) {
    const double shorter = best.period / static_cast<double>(q);
    double kept = 0;
    for (size_t j = q; j <= lines; j += q) {
      kept += energy[j - 1];
    }
    const bool from_main = IsMainCalendar(best.period);
    const bool to_main = IsMainCalendar(shorter);
    const double needed = to_main && !from_main ? 0.5 : from_main && !to_main ? 0.98 : 0.8;
    if (kept >= needed * total) {
      CombResult tried = comb_.Test(shorter, taken_);
      if (Significant(tried)) {
        return tried;
      }
    }
  }
  const double nested = NestedPeriod(best);
  if (nested > 0) {
    CombResult tried = comb_.Test(nested, taken_);
    if (Significant(tried)) {
      return tried;
    }
  }
  return best;
}

/// The period of which every q-th line of `found` speaks, for the q whose lines stand out most among the lines
/// themselves; 0 = there is none.
double PeriodSearch::NestedPeriod(const CombResult& found) const {
  const size_t lines = found.powers.size();
  double best_period = 0;
  double best_gain = 0;
  std::vector<double> minus_log_p;
  for (size_t q = 3; q <= std::min(static_cast<size_t>(found.period / 2), lines); ++q) {
    const double shorter = found.period / static_cast<double>(q);
    minus_log_p.clear();
    for (size_t line = q; line <= lines; line += q) {
      const size_t right = std::min(q - 1, lines - line);
      const double background = std::accumulate(found.powers.begin() + static_cast<ptrdiff_t>(line - q),
                                                found.powers.begin() + static_cast<ptrdiff_t>(line - 1), 0.0) +
                                std::accumulate(found.powers.begin() + static_cast<ptrdiff_t>(line),
                                                found.powers.begin() + static_cast<ptrdiff_t>(line + right), 0.0);
      const double c = static_cast<double>(q - 1 + right);
      const double ratio = background > 0 ? found.powers[line - 1] * c / background : 1e12;
      minus_log_p.push_back(c * std::log(1 + std::min(ratio, 1e12) / c));
    }
    const double tries = IsMainCalendar(shorter) ? 0.1 : found.period;
    double gain = 0;
    if (LadderEvidence(minus_log_p, &gain) > std::log(tries / kFalsePeriodRate) && gain > best_gain) {
      best_gain = gain;
      best_period = shorter;
    }
  }
  return best_period;
}

void PeriodSearch::TakeOut(double period) {
  const auto phases = static_cast<size_t>(std::max(1.0, std::round(period)));
  std::vector<double> sum(phases, 0.0);
  std::vector<uint32_t> count(phases, 0);
  std::vector<uint32_t> phase_of(series_.size());
  const double per_period = 1 / period;
  for (size_t i = 0; i < series_.size(); ++i) {
    const double cycles = static_cast<double>(i) * per_period + 1e-9;
    const double share = cycles - static_cast<double>(static_cast<int64_t>(cycles));
    phase_of[i] = static_cast<uint32_t>(std::min(static_cast<size_t>(share * static_cast<double>(phases)), phases - 1));
    sum[phase_of[i]] += series_[i];
    ++count[phase_of[i]];
  }
  for (size_t phase = 0; phase < phases; ++phase) {
    sum[phase] /= std::max<uint32_t>(count[phase], 1);
  }
  for (size_t i = 0; i < series_.size(); ++i) {
    series_[i] -= sum[phase_of[i]];
  }
  comb_.Load(series_);
}

double PeriodSearch::Next() {
  CombResult best;
  for (const double candidate : Candidates()) {
    CombResult result = comb_.Test(candidate, taken_);
    if (Significant(result) && result.gain > best.gain) {
      best = std::move(result);
    }
  }
  if (best.period == 0) {
    return 0;
  }
  best = ShortestMember(Refined(std::move(best)));
  TakeOut(best.period);
  taken_.push_back(best.period);
  return best.period;
}

/// Subtracts a centred moving mean of `width` values (shrinking at the ends), so that level and trend are gone.
std::vector<double> WithoutMovingMean(std::span<const double> values, size_t width) {
  const size_t n = values.size();
  std::vector<double> prefix(n + 1, 0.0);
  std::partial_sum(values.begin(), values.end(), prefix.begin() + 1);
  std::vector<double> rest(n);
  for (size_t i = 0; i < n; ++i) {
    const size_t from = i > width / 2 ? i - width / 2 : 0;
    const size_t to = std::min(n, i + width - width / 2);
    rest[i] = values[i] - (prefix[to] - prefix[from]) / static_cast<double>(to - from);
  }
  return rest;
}

/// In four sums side by side, so that no addition waits for the one before.
double SumOfSquares(std::span<const double> values) {
  std::array<double, 4> sums{};
  size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    for (size_t k = 0; k < 4; ++k) {
      sums[k] += values[i + k] * values[i + k];
    }
  }
  for (; i < values.size(); ++i) {
    sums[0] += values[i] * values[i];
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

/// Share of the variance of `rest` that phase means explain, adjusted for their number; takes them out.
double ExplainAndRemove(std::vector<double>& rest, size_t period) {
  const size_t n = rest.size();
  std::vector<double> sum(period, 0.0);
  const double total = SumOfSquares(rest);
  const auto by_phase = [&](auto use) {
    for (size_t start = 0; start < n; start += period) {
      const size_t rows = std::min(period, n - start);
      for (size_t phase = 0; phase < rows; ++phase) {
        use(start + phase, phase);
      }
    }
  };
  by_phase([&](size_t i, size_t phase) { sum[phase] += rest[i]; });
  for (size_t phase = 0; phase < std::min(period, n); ++phase) {
    sum[phase] /= static_cast<double>((n - phase + period - 1) / period);
  }
  by_phase([&](size_t i, size_t phase) { rest[i] -= sum[phase]; });
  const double left = SumOfSquares(rest);
  if (total <= 0 || n <= period + 1) {
    return 0;
  }
  const double adjusted = 1 - (left / static_cast<double>(n - period)) / (total / static_cast<double>(n - 1));
  return std::clamp(adjusted, 0.0, 1.0);
}

}  // namespace

std::vector<Period> FindPeriods(std::span<const double> values, const PeriodOptions& options) {
  if (values.size() > kMaxPoints) {
    values = values.subspan(values.size() - kMaxPoints);
  }
  NormalizedSeries series = Normalize(values);
  if (series.present < kMinPoints || series.present * 2 < values.size()) {
    return {};
  }
  FillGaps(series.values);
  std::vector<double> differences = ClippedDifferences(series.values);
  if (differences.empty()) {
    return {};
  }
  PeriodSearch search(std::move(differences), options.step_ns);
  std::vector<size_t> found;
  while (found.size() < options.max_periods) {
    const double period = search.Next();
    if (period == 0) {
      break;
    }
    const auto steps = static_cast<size_t>(std::round(period));
    if (std::find(found.begin(), found.end(), steps) == found.end()) {
      found.push_back(steps);
    }
  }
  if (found.empty()) {
    return {};
  }
  std::vector<double> rest = WithoutMovingMean(series.values, *std::max_element(found.begin(), found.end()));
  std::vector<Period> periods;
  for (const size_t steps : found) {
    const double strength = ExplainAndRemove(rest, steps);
    // What explains nothing once the stronger ones are taken out is no period of its own.
    if (strength >= 0.001) {
      periods.push_back({.steps = steps, .strength = strength});
    }
  }
  std::stable_sort(periods.begin(), periods.end(),
                   [](const Period& a, const Period& b) { return a.strength > b.strength; });
  return periods;
}

}  // namespace bellwether
