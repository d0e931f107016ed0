#include "server/analytics/forecast/prepared_history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/analytics/forecast/seasons.h"
#include "server/analytics/series/robust.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

constexpr size_t kLeastPoints = 3;
constexpr size_t kLeastWindow = 4'096;
constexpr size_t kWindowSeasons = 4;
constexpr size_t kMostHistory = 65'536;
constexpr size_t kMostLag = 2'000;
constexpr double kManyGaps = 0.3;  // share of missing values that is worth a word
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The newest values, without what is missing at their beginning.
std::span<const double> UsefulPart(std::span<const double> values) {
  values = values.last(std::min(values.size(), kMostHistory));
  const auto first = std::find_if(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
  return values.subspan(static_cast<size_t>(first - values.begin()));
}

/// How many values are missing at the end; 0 where there are so many that they are better filled than forecast.
size_t MissingAtEnd(std::span<const double> values) {
  size_t missing = 0;
  while (missing < values.size() && std::isnan(values[values.size() - 1 - missing])) {
    ++missing;
  }
  return missing <= std::min(kMostLag, values.size() / 3) ? missing : 0;
}

/// The time `steps` after the start, 0 where it is unknown or out of range.
int64_t TimeAfter(const ForecastInput& input, size_t steps) {
  int64_t ahead = 0;
  int64_t time = 0;
  const bool is_out = __builtin_mul_overflow(static_cast<int64_t>(steps), input.step_ns, &ahead) ||
                      __builtin_add_overflow(input.start_ns, ahead, &time);
  return input.start_ns == 0 || is_out ? 0 : time;
}

ValueRange RangeOf(const ForecastInput& input, std::span<const double> values) {
  ValueRange range;
  range.min = std::isnan(input.min) ? range.min : input.min;
  range.max = std::isnan(input.max) ? range.max : std::max(input.max, range.min);
  range.whole_numbers = input.whole_numbers;
  if (*std::min_element(values.begin(), values.end()) >= 0) {
    range.min = std::min(std::max(range.min, 0.0), range.max);
  }
  return range;
}

void NoteUnseenSeasons(const ForecastInput& input, PreparedHistory& prepared, size_t n) {
  for (const size_t season : input.seasons) {
    if (3 * n < 2 * season || season / 2 > n) {
      prepared.notices.push_back(
          absl::StrCat("A season of ", season, " steps cannot be learned from ", n,
                       " values: it is left out. Ask for a history of at least one and a half."));
    }
  }
}

}  // namespace

size_t TakeOutGiants(std::vector<double>& values) {
  constexpr size_t kLeastValues = 20;
  constexpr double kUsualShare = 0.98;
  constexpr double kFar = 50;
  constexpr size_t kRare = 200;
  std::vector<double> known;
  for (double& v : values) {
    v = std::isfinite(v) ? v : kNan;
    if (!std::isnan(v)) {
      known.push_back(v);
    }
  }
  if (known.size() < kLeastValues) {
    return 0;
  }
  const double centre = QuantileInPlace(known, 0.5);
  for (double& v : known) {
    v = std::abs(v - centre);
  }
  const double limit = kFar * QuantileInPlace(known, kUsualShare);
  const auto giants =
      static_cast<size_t>(std::count_if(known.begin(), known.end(), [&](double d) { return d > limit; }));
  if (!(limit > 0) || giants > std::max<size_t>(1, known.size() / kRare)) {
    return 0;
  }
  for (double& v : values) {
    v = std::abs(v - centre) > limit ? kNan : v;
  }
  return giants;
}

absl::StatusOr<PreparedHistory> PrepareHistory(const ForecastInput& input) {
  const std::span<const double> useful = UsefulPart(input.values);
  std::vector<double> cleaned(useful.begin(), useful.end());
  const size_t giants = TakeOutGiants(cleaned);
  const size_t lag = MissingAtEnd(cleaned);
  cleaned.resize(cleaned.size() - lag);
  NormalizedSeries series = Normalize(cleaned);
  if (series.present < kLeastPoints) {
    return BadQueryError(absl::StrCat("A forecast needs at least ", kLeastPoints, " values, but the series has ",
                                      series.present, ". Ask for a longer history."));
  }
  PreparedHistory prepared;
  prepared.lag = lag;
  prepared.pool = input.pool;
  const size_t n = series.values.size();
  if (giants > 0) {
    prepared.notices.push_back(absl::StrCat(giants, giants == 1 ? " value lies" : " values lie",
                                            " so far from all others that the forecast leaves ",
                                            giants == 1 ? "it" : "them", " out."));
  }
  prepared.gap_share = 1 - static_cast<double>(series.present) / static_cast<double>(n);
  if (prepared.gap_share > kManyGaps) {
    prepared.notices.push_back(
        absl::StrFormat("%.0f %% of the history is missing and was filled in.", 100 * prepared.gap_share));
  }
  NoteUnseenSeasons(input, prepared, n);
  prepared.setting.seasons = SeasonsFor(series.values, input.step_ns, input.seasons);
  const size_t longest = prepared.setting.seasons.empty() ? 0 : prepared.setting.seasons.back();
  const size_t window = std::min(n, std::max(kLeastWindow, kWindowSeasons * longest));
  prepared.setting.step_ns = input.step_ns;
  prepared.setting.calendar = input.calendar;
  prepared.setting.start_ns = TimeAfter(input, input.values.size() - lag - window);
  if (series.present < n) {
    for (const double value : std::span(series.values).last(window)) {
      prepared.is_filled.push_back(std::isnan(value));
    }
  }
  FillSeasonalGaps(series.values, longest);
  series.values.erase(series.values.begin(), series.values.end() - static_cast<ptrdiff_t>(window));
  prepared.values = std::move(series.values);
  prepared.unit = series.unit;
  prepared.range = RangeOf(input, prepared.values);
  return prepared;
}

}  // namespace bellwether
