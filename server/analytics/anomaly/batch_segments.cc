#include "server/analytics/anomaly/batch_segments.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "server/analytics/anomaly/segment_surprise.h"
#include "server/analytics/anomaly/stretch_contrast.h"
#include "server/analytics/series/autocorrelation.h"
#include "server/analytics/series/robust.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr double kShortest = 6;         // rows
constexpr double kLeastStretches = 16;  // of one length that a series must have room for
constexpr double kLongest = 1 << 16;    // rows
constexpr double kClip = 6;             // spreads, beyond which a lone row is a spike
constexpr double kLeastMoves = 12;      // rows that move by as much as any, for a scatter to be known
constexpr double kScatterFloor = 0.05;  // spreads
constexpr double kClearly = 0.5;        // surprise beyond log10 of the rows: what must not count as usual
/// Log10 of how many stretches, looks and lengths a row begins, for its length; measured on noise of many kinds.
constexpr double kLooks = 1.5;
constexpr size_t kContext = 48;  // rows around a stretch that tell of the scatter there
constexpr double kNotKnown = std::numeric_limits<double>::infinity();
constexpr std::array<Look, 4> kAllLooks = {Look::kLevel, Look::kScatter, Look::kLevelStep, Look::kScatterStep};

constexpr size_t kAtOnce = 64;

BELLWETHER_SIMD_CLONES
float LargestOf(const float* numbers, size_t count) {
  float largest = 0;
  for (size_t k = 0; k < count; ++k) {
    largest = numbers[k] > largest ? numbers[k] : largest;
  }
  return largest;
}

/// The series, ready to be searched.
class SegmentSearch {
 public:
  explicit SegmentSearch(std::span<const double> rest, std::span<const size_t> periods);

  /// False where the series never moves.
  [[nodiscard]] bool Usable() const { return spread_ > 0; }
  [[nodiscard]] std::vector<LastingSegment> Find(size_t most, double least_surprise);

 private:
  StretchContrast ContrastOf(Look look, const RunningSums& level, const RunningSums& scatter) const {
    return {IsScatter(look) ? scatter : level, look, kScatterFloor * spread_};
  }
  StretchContrast ContrastOf(Look look) const { return ContrastOf(look, level_sums_, scatter_sums_); }
  bool LooksAt(Look look, size_t length) const {
    return !IsScatter(look) || static_cast<double>(length) * share_moving_ >= kLeastMoves;
  }
  double ScatterAround(size_t first, size_t end) const;
  double UsualAtPhase(const StretchContrast& contrast, size_t first, size_t length) const;
  void Scan(const StretchContrast& contrast, size_t length, double usual, double least,
            std::vector<Stretch>& found) const;
  std::vector<Stretch> Search(const RunningSums& usual_level, const RunningSums& usual_scatter, size_t most,
                              double least) const;
  bool IsUsualState(const Stretch& stretch) const;
  void EndSteps(std::vector<Stretch>& stretches) const;
  LastingSegment Describe(const Stretch& stretch) const;
  bool IsDrift(const Stretch& stretch, double size) const;

  std::span<const size_t> periods_;
  double spread_ = 0;         // of what is new in each row
  double usual_scatter_ = 0;  // mean magnitude of that
  bool stays_ = false;        // most rows repeat the one before
  double share_moving_ = 0;   // of the rows that say something of the scatter
  std::vector<double> level_;
  std::vector<double> scatter_;
  RunningSums level_sums_;
  RunningSums scatter_sums_;
  std::vector<size_t> lengths_;
  mutable std::vector<float> magnitudes_;  // scratch
};

SegmentSearch::SegmentSearch(std::span<const double> rest, std::span<const size_t> periods)
    : periods_(periods), level_(rest.begin(), rest.end()), scatter_(rest.size()), level_sums_({}), scatter_sums_({}) {
  const size_t n = rest.size();
  // Where most rows repeat the one before, what is new is what moves.
  size_t still = 0;
  for (size_t i = 1; i < n; ++i) {
    still += rest[i] == rest[i - 1] ? 1 : 0;
  }
  stays_ = 2 * still > n;
  const double phi = stays_ ? 1 : EstimateAr1Noise(rest).phi;
  for (size_t i = 1; i < n; ++i) {
    scatter_[i] = rest[i] - phi * rest[i - 1];
  }
  scatter_[0] = scatter_[1];
  const double centre = Median(scatter_);
  spread_ = RobustScale(scatter_, centre);
  if (!Usable()) {
    return;
  }
  double sum = 0;
  double squares = 0;
  for (double& one : scatter_) {
    one = std::min(std::abs(one - centre), kClip * spread_);
    sum += one;
    squares += one * one;
  }
  usual_scatter_ = sum / static_cast<double>(n);
  share_moving_ = sum * usual_scatter_ / squares;
  // A row far from both its neighbours is a spike and no level.
  for (size_t i = 1; i + 1 < n; ++i) {
    const auto [low, high] = std::minmax(rest[i - 1], rest[i + 1]);
    level_[i] = std::clamp(rest[i], low - kClip * spread_, high + kClip * spread_);
  }
  level_sums_ = RunningSums(level_);
  scatter_sums_ = RunningSums(scatter_);
  const double longest = std::min(static_cast<double>(n) / kLeastStretches, kLongest);
  for (double length = kShortest; length <= longest; length *= std::numbers::sqrt2) {
    lengths_.push_back(static_cast<size_t>(std::lround(length)));
  }
}

/// The least of the mean scatters within a stretch and on either side, its ends left out: more than usual where the
/// series scatters more for a while, but not for a change of level.
double SegmentSearch::ScatterAround(size_t first, size_t end) const {
  constexpr size_t kEdge = 3;
  const size_t n = level_.size();
  const size_t context = std::max(end - first, kContext);
  double least = kNotKnown;
  if (first > context / 2) {
    least = scatter_sums_.Mean(first - std::min(first, context), first - kEdge + 1);
  }
  if (end + context / 2 < n) {
    least = std::min(least, scatter_sums_.Mean(end + kEdge - 1, std::min(n, end + context)));
  }
  if (end - first > 5 * kEdge) {
    least = std::min(least, scatter_sums_.Mean(first + kEdge, end - kEdge));
  }
  return least;
}

/// What is usual at this place of the periods: the median magnitude of the difference some cycles before and behind it,
/// were they normal. 0 where fewer than four are known.
double SegmentSearch::UsualAtPhase(const StretchContrast& contrast, size_t first, size_t length) const {
  constexpr size_t kCycles = 4;  // to either side
  double largest = 0;
  for (const size_t period : periods_) {
    std::array<double, 2 * kCycles> magnitudes{};
    size_t count = 0;
    for (size_t cycle = 1; cycle <= kCycles; ++cycle) {
      const size_t away = cycle * period;
      if (first >= away + length) {
        magnitudes[count++] = std::abs(contrast.Difference(first - away, first - away + length));
      }
      if (first + away + 2 * length <= level_.size()) {
        magnitudes[count++] = std::abs(contrast.Difference(first + away, first + away + length));
      }
    }
    if (count >= kCycles && period > length) {
      largest = std::max(largest, 1.4826 * QuantileInPlace(std::span(magnitudes).first(count), 0.5));
    }
  }
  return largest;
}

void SegmentSearch::Scan(const StretchContrast& contrast, size_t length, double usual, double least,
                         std::vector<Stretch>& found) const {
  contrast.All(length, 1, magnitudes_);
  const size_t offset = contrast.Offset(length);
  const size_t stride = StretchContrast::Stride(length);
  const double freedom = 0.5 * static_cast<double>(level_.size()) / static_cast<double>(length);
  const double lasts = std::log10(static_cast<double>(length)) - kLooks;
  double worth_a_look = 1;
  while (TailSurprise(worth_a_look, freedom) + lasts < least) {
    worth_a_look += 0.125;
  }
  const auto worth = static_cast<float>((worth_a_look - 0.125) * usual);
  size_t checked = 0;
  for (size_t k = 0; k < magnitudes_.size(); ++k) {
    if (k == checked) {
      checked = std::min(k + kAtOnce, magnitudes_.size());
      if (LargestOf(&magnitudes_[k], checked - k) < worth) {
        k = checked - 1;
        continue;
      }
    }
    const float size = magnitudes_[k];
    if (size < worth || (k > 0 && size < magnitudes_[k - 1]) ||
        (k + 1 < magnitudes_.size() && size <= magnitudes_[k + 1])) {
      continue;
    }
    const size_t first = offset + k * stride;
    double z = static_cast<double>(size) / usual;
    // What comes back with every cycle is no change.
    if (const double here = UsualAtPhase(contrast, first, length); here > 2 * usual) {
      z = static_cast<double>(size) / here;
    }
    if (!IsScatter(contrast.look())) {
      // Where everything scatters more, so do means.
      z /= std::max(1.0, ScatterAround(first, first + length) / usual_scatter_);
    }
    const double surprise = TailSurprise(z, freedom) + lasts;
    if (surprise >= least) {
      found.push_back(
          {.first = first, .end = first + length, .surprise = surprise, .distance = z, .look = contrast.look()});
    }
  }
}

/// Whether a series that mostly stays as it is, such as one of states, is often at this level: then it only changed its
/// state for a while.
bool SegmentSearch::IsUsualState(const Stretch& stretch) const {
  if (!stays_ || IsScatter(stretch.look)) {
    return false;
  }
  constexpr double kNear = 0.25;  // of the difference
  constexpr size_t kRarely = 50;  // one in so many
  const size_t length = stretch.Length();
  const double level = level_sums_.Mean(stretch.first, stretch.end);
  const double near = kNear * std::abs(ContrastOf(stretch.look).Difference(stretch.first, stretch.end));
  size_t there = 0;
  size_t all = 0;
  for (size_t first = 0; first + length <= level_.size(); first += length, ++all) {
    there += std::abs(level_sums_.Mean(first, first + length) - level) <= near ? 1 : 0;
  }
  return there * kRarely > all + kRarely;
}

/// The most surprising stretches apart from each other, against what is usual of these sums.
std::vector<Stretch> SegmentSearch::Search(const RunningSums& usual_level, const RunningSums& usual_scatter,
                                           size_t most, double least) const {
  std::vector<Stretch> found;
  for (const size_t length : lengths_) {
    for (const Look look : kAllLooks) {
      if (!LooksAt(look, length)) {
        continue;
      }
      if (const double usual = ContrastOf(look, usual_level, usual_scatter).UsualDifference(length); usual > 0) {
        Scan(ContrastOf(look), length, usual, least, found);
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Stretch& a, const Stretch& b) { return a.distance > b.distance; });
  std::vector<Stretch> taken;
  for (const Stretch& candidate : found) {
    if (taken.size() >= most) {
      break;
    }
    if (std::all_of(taken.begin(), taken.end(), [&](const Stretch& one) { return candidate.IsApartFrom(one); }) &&
        !IsUsualState(candidate)) {
      taken.push_back(candidate);
    }
  }
  for (Stretch& stretch : taken) {
    ContrastOf(stretch.look).Sharpen(stretch);
  }
  return taken;
}

std::vector<LastingSegment> SegmentSearch::Find(size_t most, double least_surprise) {
  const double clearly = std::log10(static_cast<double>(level_.size())) + kClearly;
  std::vector<Stretch> taken = Search(level_sums_, scatter_sums_, most, std::min(clearly, least_surprise));
  std::vector<double> level = level_;
  std::vector<double> scatter = scatter_;
  bool cleaned = false;
  for (const Stretch& stretch : taken) {
    if (stretch.surprise < clearly) {
      continue;
    }
    cleaned = true;
    const double difference = ContrastOf(stretch.look).Difference(stretch.first, stretch.end);
    const double factor = std::exp(-difference);
    const size_t end = IsStep(stretch.look) ? level_.size() : stretch.end;
    for (size_t i = stretch.first; i < end; ++i) {
      if (IsScatter(stretch.look)) {
        scatter[i] *= factor;
      } else {
        level[i] -= difference;
      }
    }
  }
  if (cleaned) {
    taken = Search(RunningSums(level), RunningSums(scatter), most, least_surprise);
  }
  std::erase_if(taken, [&](const Stretch& stretch) { return stretch.surprise < least_surprise; });
  std::vector<double> sizes;
  for (const Stretch& stretch : taken) {
    sizes.push_back(std::abs(ContrastOf(stretch.look).Difference(stretch.first, stretch.end)));
  }
  const std::vector<double> at_most = SurpriseByCount(taken, sizes, level_.size(), clearly);
  CalibrateSurprise(taken, least_surprise, static_cast<double>(level_.size()) * std::pow(10, -least_surprise));
  for (size_t k = 0; k < taken.size(); ++k) {
    taken[k].surprise = std::min(taken[k].surprise, at_most[k]);
  }
  std::sort(taken.begin(), taken.end(), [](const Stretch& a, const Stretch& b) { return a.first < b.first; });
  EndSteps(taken);
  std::vector<LastingSegment> segments;
  for (const Stretch& stretch : taken) {
    segments.push_back(Describe(stretch));
  }
  return segments;
}

/// What begins with a step ends with one that takes it back; both are one segment then.
void SegmentSearch::EndSteps(std::vector<Stretch>& stretches) const {
  for (size_t k = 0; k < stretches.size(); ++k) {
    if (!IsStep(stretches[k].look)) {
      continue;
    }
    const StretchContrast contrast = ContrastOf(stretches[k].look);
    const double begin = contrast.Difference(stretches[k].first, stretches[k].end);
    const auto next = std::find_if(stretches.begin() + static_cast<ptrdiff_t>(k) + 1, stretches.end(),
                                   [&](const Stretch& one) { return one.look == stretches[k].look; });
    if (next == stretches.end()) {
      continue;
    }
    const double taken_back = -contrast.Difference(next->first, next->end) / begin;
    if (taken_back > 0.6 && taken_back < 1.6) {
      stretches[k].end = next->first;
      stretches[k].ended = true;
      stretches[k].surprise = std::max(stretches[k].surprise, next->surprise);
      stretches.erase(next);
    }
  }
}

LastingSegment SegmentSearch::Describe(const Stretch& stretch) const {
  const size_t n = level_.size();
  const double difference = ContrastOf(stretch.look).Difference(stretch.first, stretch.end);
  LastingSegment segment{.first = stretch.first,
                         .end = IsStep(stretch.look) && !stretch.ended ? n : stretch.end,
                         .shows_at = stretch.first,
                         .type = IsScatter(stretch.look) ? AnomalyType::kVarianceChange : AnomalyType::kLevelShift,
                         .size = IsScatter(stretch.look) ? std::exp(difference) : difference,
                         .surprise = stretch.surprise};
  // Its begin is known to within a number of rows that falls with the square of its size.
  constexpr double kUnsureOfLevel = 8;
  constexpr double kUnsureOfScatter = 3;
  const double in_spreads = difference / (IsScatter(stretch.look) ? 1 : spread_);
  const double unsure = (IsScatter(stretch.look) ? kUnsureOfScatter : kUnsureOfLevel) / (in_spreads * in_spreads);
  segment.shows_at += static_cast<size_t>(std::min(unsure, 0.25 * static_cast<double>(stretch.Length())));
  if (!IsScatter(stretch.look) && IsDrift(stretch, difference)) {
    segment.type = AnomalyType::kDrift;
    segment.size = 2 * difference;
  }
  return segment;
}

/// Whether a stretch begins near the level before and goes on to twice its mean distance from there.
bool SegmentSearch::IsDrift(const Stretch& stretch, double size) const {
  const size_t length = stretch.Length();
  const size_t third = length / 3;
  const size_t before = std::min(stretch.first, length);
  if (third < 4 || before < third || IsStep(stretch.look)) {
    return false;
  }
  const double level = level_sums_.Mean(stretch.first - before, stretch.first);
  const double begin = level_sums_.Mean(stretch.first, stretch.first + third) - level;
  const double end = level_sums_.Mean(stretch.end - third, stretch.end) - level;
  // A ramp has a fifth of its end's distance in its first third, a step all of it.
  return end * size > 0 && std::abs(begin) < 0.5 * std::abs(end) &&
         std::abs(end - begin) > 4 * spread_ / std::sqrt(static_cast<double>(third));
}

}  // namespace

std::vector<LastingSegment> FindLastingSegments(std::span<const double> rest, std::span<const size_t> periods,
                                                size_t most, double least_surprise) {
  if (static_cast<double>(rest.size()) < kShortest * kLeastStretches) {
    return {};
  }
  SegmentSearch search(rest, periods);
  return search.Usable() ? search.Find(most, least_surprise) : std::vector<LastingSegment>{};
}

}  // namespace bellwether
