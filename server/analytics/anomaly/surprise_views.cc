#include "server/analytics/anomaly/surprise_views.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/series/clip.h"
#include "server/analytics/series/fast_exp.h"

namespace bellwether {
namespace {

constexpr std::array<std::string_view, kSurpriseViews> kViewNames = {
    "sudden change",    "distance from usual", "value never seen", "shape never seen",
    "lasting distance", "roughness",           "long distance",    "long roughness"};

constexpr uint32_t kMostRows = uint32_t{1} << 31;  // counted no further
constexpr float kMostDistance = 1e6f;
constexpr float kMostLasting = 30;  // a lasting distance counts each row up to this many usual ones
constexpr float kLastingGain = 1.0f / 12;
constexpr float kRoughnessGain = 2e-3f;
constexpr std::array<float, 2> kLongRows = {72, 360};
constexpr float kLongOverlap = 6;          // judged every sixth of as many rows
constexpr float kLongRoughnessGain = 0.02f;
constexpr float kLongestShare = 0.5f;  // of a day
// A mean over more rows has fewer chances to stray: half of that counts, from a surprise of 1 to 2 on.
constexpr std::array<float, 2> kFewerChances = {0.389f, 0.739f};
constexpr uint32_t kFadeTo = 8;
/// One view alone may speak, at this share of its surprise.
constexpr float kLoneShare = 0.3f;

}  // namespace

void SurpriseViews::Remember(float y) {
  if (seen_ == 0) {
    recent_.fill(y);
  }
  recent_[end_] = y;
  end_ = (end_ + 1) % kRing;
  if (end_ == 0) {  // sums anew once a round, so that rounding does not add up
    step_sum_ = 0;
    for (uint32_t back = 0; back < kStepRows; ++back) {
      step_sum_ += StepOf(back);
    }
  } else {
    step_sum_ = Most(0.0f, step_sum_ + StepOf(0) - StepOf(kStepRows));
  }
}

void SurpriseViews::JudgeLasting(uint32_t judged, float spread, uint32_t weight, float overlap) {
  const float log_step = FastLog2(step_sum_ * (1.0f / kStepRows) + 1e-3f * spread + 1e-30f);
  if (judged <= 16) {
    roughness_ = log_step;
    return;
  }
  Of(SurpriseView::kLasting) = magnitude_[kLastingSize].Observe(std::abs(lasting_), weight, overlap);
  const float change = log_step - roughness_;
  Of(SurpriseView::kRoughness) =
      signed_[kSignedRoughness].Observe(std::abs(change) > 1e-6f ? change : 0.0f, weight, overlap);
  if (weight > 0) {
    roughness_ += Most(1 / static_cast<float>(judged), kRoughnessGain) * change;
  }
}

void SurpriseViews::JudgeLong(float z, float spread, uint32_t weight, float rows_per_day) {
  for (size_t k = 0; k < kLengths && kLongRows[k] <= kLongestShare * rows_per_day; ++k) {
    LongMeans& means = long_[k];
    const float gain = Most(1 / kLongRows[k], 1 / static_cast<float>(seen_ + 1));
    means.distance += gain * (z - means.distance);
    means.step += gain * (StepOf(0) - means.step);
    const auto every = static_cast<uint32_t>(kLongRows[k] / kLongOverlap);
    if (seen_ % every != 0 || static_cast<float>(seen_) < rows_per_day) {
      continue;
    }
    const float log_step = FastLog2(means.step + 1e-3f * spread + 1e-30f);
    ++means.judged;
    if (means.judged == 1) {
      means.roughness = log_step;
    }
    const float change = log_step - means.roughness;
    means.distance_surprise = means.distances.Observe(std::abs(means.distance), weight, kLongOverlap);
    means.roughness_surprise = means.steps.Observe(std::abs(change) > 1e-6f ? change : 0.0f, weight, kLongOverlap);
    if (weight > 0) {
      means.roughness += Most(1 / static_cast<float>(means.judged), kLongRoughnessGain) * change;
    }
  }
}

float SurpriseViews::Lengthy() const {
  float lengthy = 0;
  for (size_t k = 0; k < kLengths; ++k) {
    const float surprise = Most(long_[k].distance_surprise, long_[k].roughness_surprise);
    lengthy = Most(lengthy, surprise + kFewerChances[k] * Clip(surprise - 1, 0.0f, 1.0f));
  }
  return lengthy;
}

void SurpriseViews::WeighTails() {
  constexpr uint32_t kFirstRows = 64;
  constexpr std::array<float, 3> kSurprises = {1.3f, 1.8f, 2.3f};
  constexpr float kPerDecade = 1 / 1.151f;  // of the logarithm of how the distances between the quantiles grow
  const TailSketch<2>& sketch = signed_[kSignedPoint];
  if (sketch.version() == heaviness_version_ || seen_ < kFirstRows) {
    return;
  }
  heaviness_version_ = sketch.version();
  std::array<float, 3> sizes{};
  for (size_t i = 0; i < kSurprises.size(); ++i) {
    sizes[i] = sketch.MagnitudeAt(kSurprises[i], 0) + sketch.MagnitudeAt(kSurprises[i], 1);
  }
  const float inner = sizes[1] - sizes[0];
  const float outer = sizes[2] - sizes[1];
  // Values on a few steps have no quantiles to speak of.
  const bool smooth = inner > 0.05f * sizes[1] && outer > 0;
  const float own = smooth ? Clip(kPerDecade * std::log(outer / inner), -0.3f, 0.8f) : 0.0f;
  const float rows = Least(static_cast<float>(seen_), 4096.0f);
  heaviness_ = own * rows / (rows + 300);
}

void SurpriseViews::FadeDistances() {
  signed_[kSignedUsual].Fade(kFadeTo);
  magnitude_[kLastingSize].Fade(kFadeTo);
  for (LongMeans& means : long_) {
    means.distances.Fade(kFadeTo);
  }
}

RowSurprise SurpriseViews::Observe(float y, const Baseline::Expectation& usual, float spread, uint32_t weight,
                                   bool judge_lasting, uint32_t lasting_every, float rows_per_day) {
  Of(SurpriseView::kPoint) = 0;
  Of(SurpriseView::kUsual) = 0;
  Of(SurpriseView::kShape) = 0;
  Remember(y);
  const bool learn = weight > 0;
  const std::array<float, 4> shape = {y, Recent(1), Recent(3), Recent(7)};
  Of(SurpriseView::kValue) = magnitude_[kNewValue].Observe(values_.Observe({y}, learn), weight);
  if (seen_ >= 8) {
    Of(SurpriseView::kShape) = magnitude_[kNewShape].Observe(shapes_.Observe(shape, learn), weight);
  }
  const uint32_t judged = seen_ + 1;
  const auto distance = y - usual.value;
  const float z = Clip((y - usual.value) / usual.scale, -kMostDistance, kMostDistance);
  const float innovation = innovation_.Observe(y, usual.value, Recent(1), Recent(2), learn, judged);
  if (judged > 8) {
    Of(SurpriseView::kPoint) = signed_[kSignedPoint].Observe(innovation, weight);
    Of(SurpriseView::kUsual) = signed_[kSignedUsual].Observe(distance, weight);
  }
  lasting_ += kLastingGain * (Clip(z, -kMostLasting, kMostLasting) - lasting_);
  if (judge_lasting) {
    JudgeLasting(judged, spread, weight, Most(1.0f, static_cast<float>(kStepRows) / static_cast<float>(lasting_every)));
  }
  WeighTails();
  JudgeLong(Clip(z, -kMostLasting, kMostLasting), spread, weight, rows_per_day);
  seen_ = Least(seen_ + 1, kMostRows);
  const float point = Of(SurpriseView::kPoint);
  const float far = Of(SurpriseView::kUsual);
  const float value = Of(SurpriseView::kValue);
  const float form = Of(SurpriseView::kShape);
  const float largest = Most(Most(point, far), Most(value, form));
  return {.moment = Most(0.25f * (point + far + value + form), kLoneShare * largest),
          .lasting = Most(Of(SurpriseView::kLasting), Of(SurpriseView::kRoughness)),
          .lengthy = Lengthy()};
}

std::vector<Contribution> SurpriseViews::Contributions() const {
  std::vector<Contribution> contributions;
  contributions.reserve(kSurpriseViews);
  std::array<float, kSurpriseViews> surprise = surprise_;
  for (const LongMeans& means : long_) {
    float& distance = surprise[static_cast<size_t>(SurpriseView::kLong)];
    float& roughness = surprise[static_cast<size_t>(SurpriseView::kLongRoughness)];
    distance = Most(distance, means.distance_surprise);
    roughness = Most(roughness, means.roughness_surprise);
  }
  for (size_t view = 0; view < kSurpriseViews; ++view) {
    contributions.push_back({.view = kViewNames[view], .surprise = static_cast<double>(surprise[view])});
  }
  std::stable_sort(contributions.begin(), contributions.end(),
                   [](const Contribution& a, const Contribution& b) { return a.surprise > b.surprise; });
  return contributions;
}

bool SurpriseViews::LongMeans::Valid() const {
  const auto sound = [](float number) { return std::abs(number) <= 1e35f; };
  return sound(distance) && step >= 0 && sound(step) && sound(roughness) && judged <= kMostRows && distances.Valid() &&
         steps.Valid() && distance_surprise >= 0 && distance_surprise <= 10 && roughness_surprise >= 0 &&
         roughness_surprise <= 10;
}

bool SurpriseViews::Valid() const {
  const auto valid = [](const auto& part) { return part.Valid(); };
  const auto sound = [](float number) { return std::abs(number) <= 1e35f; };
  return end_ < kRing && seen_ <= kMostRows && step_sum_ >= 0 && sound(step_sum_) && innovation_.Valid() &&
         sound(lasting_) && sound(roughness_) && std::all_of(recent_.begin(), recent_.end(), sound) &&
         std::all_of(signed_.begin(), signed_.end(), valid) &&
         std::all_of(magnitude_.begin(), magnitude_.end(), valid) && std::all_of(long_.begin(), long_.end(), valid) &&
         std::abs(heaviness_) <= 1 &&
         values_.Valid() && shapes_.Valid();
}

}  // namespace bellwether
