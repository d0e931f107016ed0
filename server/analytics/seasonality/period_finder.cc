#include "server/analytics/seasonality/period_finder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <utility>

#include "server/analytics/seasonality/calendar_periods.h"
#include "server/analytics/seasonality/comb_test.h"
#include "server/analytics/seasonality/period_candidates.h"
#include "server/analytics/seasonality/period_strength.h"
#include "server/analytics/seasonality/whitening.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kMaxPoints = size_t{1} << 16;  // the newest ones: bounds time and memory

/// One search: the differenced series and what is known of its periods so far.
class PeriodSearch {
 public:
  PeriodSearch(std::vector<double> differences, int64_t step_ns)
      : series_(std::move(differences)),
        calendar_(step_ns, series_.size()),
        candidates_(calendar_, series_.size()),
        phase_of_(series_.size()) {
    comb_.Load(series_);
  }

  /// The next period, 0 when nothing is left that noise would not do as well.
  double Next();

 private:
  [[nodiscard]] bool Significant(const CombResult& result) const {
    return calendar_.IsSignificant(result.period, result.evidence);
  }
  CombResult Refined(CombResult best);
  CombResult ShortestMember(CombResult best);
  double NestedPeriod(const CombResult& found) const;
  void TakeOut(double period);

  std::vector<double> series_;
  CalendarPeriods calendar_;
  PeriodCandidates candidates_;
  std::vector<uint32_t> phase_of_;
  CombTest comb_;
  std::vector<double> taken_;
};

/// The exact length: fractions of a cycle over the whole series are tried, then a calendar length or an integer is
/// preferred when it does nearly as well.
CombResult PeriodSearch::Refined(CombResult best) {
  const double n = static_cast<double>(series_.size());
  const double cycles = n / best.period;
  if (calendar_.Contains(best.period)) {
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
  for (const double period : calendar_.periods()) {
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
  for (const double main : calendar_.main_periods()) {
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
    const bool from_main = calendar_.IsMain(best.period);
    const bool to_main = calendar_.IsMain(shorter);
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
  LineEvidence evidence;
  for (size_t q = 3; q <= std::min(static_cast<size_t>(found.period / 2), lines); ++q) {
    const double shorter = found.period / static_cast<double>(q);
    evidence.Clear();
    for (size_t line = q; line <= lines; line += q) {
      const size_t right = std::min(q - 1, lines - line);
      const double background = std::accumulate(found.powers.begin() + static_cast<ptrdiff_t>(line - q),
                                                found.powers.begin() + static_cast<ptrdiff_t>(line - 1), 0.0) +
                                std::accumulate(found.powers.begin() + static_cast<ptrdiff_t>(line),
                                                found.powers.begin() + static_cast<ptrdiff_t>(line + right), 0.0);
      const double c = static_cast<double>(q - 1 + right);
      const double ratio = background > 0 ? found.powers[line - 1] * c / background : 1e12;
      evidence.Add(std::min(ratio, 1e12), c);
    }
    const double tries = calendar_.IsMain(shorter) ? 0.1 : found.period;
    double gain = 0;
    if (LadderEvidence(evidence.MinusLogP(), &gain) > CalendarPeriods::EvidenceNeeded(tries) && gain > best_gain) {
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
  const double per_period = 1 / period;
  for (size_t i = 0; i < series_.size(); ++i) {
    const double cycles = static_cast<double>(i) * per_period + 1e-9;
    const double share = cycles - static_cast<double>(static_cast<int64_t>(cycles));
    phase_of_[i] =
        static_cast<uint32_t>(std::min(static_cast<size_t>(share * static_cast<double>(phases)), phases - 1));
    sum[phase_of_[i]] += series_[i];
    ++count[phase_of_[i]];
  }
  for (size_t phase = 0; phase < phases; ++phase) {
    sum[phase] /= std::max<uint32_t>(count[phase], 1);
  }
  for (size_t i = 0; i < series_.size(); ++i) {
    series_[i] -= sum[phase_of_[i]];
  }
  comb_.Load(series_);
}

double PeriodSearch::Next() {
  CombResult best;
  for (const double candidate : candidates_.Of(comb_.series())) {
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

}  // namespace

std::vector<Period> FindPeriods(std::span<const double> values, const PeriodOptions& options) {
  if (values.size() > kMaxPoints) {
    values = values.subspan(values.size() - kMaxPoints);
  }
  NormalizedSeries series = Normalize(values);
  if (series.present < kLeastPeriodValues || series.present * 2 < values.size()) {
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
  return RatePeriods(series.values, found);
}

}  // namespace bellwether
