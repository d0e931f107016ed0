#include "server/analytics/anomaly/surprise_views.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/series/clip.h"
#include "server/analytics/series/fast_exp.h"

namespace bellwether {
namespace {

constexpr std::array<std::string_view, kSurpriseViews> kViewNames = {
    "sudden change", "distance from usual", "value never seen", "shape never seen", "lasting distance", "roughness"};

constexpr uint32_t kMostRows = uint32_t{1} << 31;  // counted no further
constexpr float kMostDistance = 1e6f;
constexpr float kMostLasting = 30;  // a lasting distance counts each row up to this many usual ones
constexpr float kLastingGain = 1.0f / 12;
constexpr float kRoughnessGain = 2e-3f;
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

void SurpriseViews::JudgeLasting(uint32_t judged, double spread, uint32_t weight, float overlap) {
  const float log_step = FastLog2(step_sum_ * (1.0f / kStepRows) + 1e-3f * static_cast<float>(spread) + 1e-30f);
  if (judged <= 16) {
    roughness_ = log_step;
    return;
  }
  Of(SurpriseView::kLasting) = signed_[kSignedLasting].Observe(lasting_, weight, overlap);
  const float change = log_step - roughness_;
  Of(SurpriseView::kRoughness) =
      signed_[kSignedRoughness].Observe(std::abs(change) > 1e-6f ? change : 0.0f, weight, overlap);
  if (weight > 0) {
    roughness_ += Most(1 / static_cast<float>(judged), kRoughnessGain) * change;
  }
}

RowSurprise SurpriseViews::Observe(double x, const Baseline::Expectation& usual, double spread, uint32_t weight,
                                   bool judge_lasting, uint32_t lasting_every) {
  Of(SurpriseView::kPoint) = 0;
  Of(SurpriseView::kUsual) = 0;
  Of(SurpriseView::kShape) = 0;
  const auto y = static_cast<float>(x);
  Remember(y);
  const bool learn = weight > 0;
  const std::array<float, 4> shape = {y, Recent(1), Recent(3), Recent(7)};
  Of(SurpriseView::kValue) = novelty_[0].Observe(values_.Observe({y}, learn), weight);
  if (seen_ >= 8) {
    Of(SurpriseView::kShape) = novelty_[1].Observe(shapes_.Observe(shape, learn), weight);
  }
  const uint32_t judged = seen_ + 1;
  const auto distance = static_cast<float>(x - usual.value);
  const float z = Clip(static_cast<float>((x - usual.value) / usual.scale), -kMostDistance, kMostDistance);
  const float innovation = innovation_.Observe(y, static_cast<float>(usual.value), Recent(1), Recent(2), learn, judged);
  if (judged > 8) {
    Of(SurpriseView::kPoint) = signed_[kSignedPoint].Observe(innovation, weight);
    Of(SurpriseView::kUsual) = signed_[kSignedUsual].Observe(distance, weight);
  }
  lasting_ += kLastingGain * (Clip(z, -kMostLasting, kMostLasting) - lasting_);
  if (judge_lasting) {
    JudgeLasting(judged, spread, weight, Most(1.0f, static_cast<float>(kStepRows) / static_cast<float>(lasting_every)));
  }
  seen_ = Least(seen_ + 1, kMostRows);
  const float point = Of(SurpriseView::kPoint);
  const float far = Of(SurpriseView::kUsual);
  const float value = Of(SurpriseView::kValue);
  const float form = Of(SurpriseView::kShape);
  const float largest = Most(Most(point, far), Most(value, form));
  return {.moment = Most(0.25f * (point + far + value + form), kLoneShare * largest),
          .lasting = Most(Of(SurpriseView::kLasting), Of(SurpriseView::kRoughness))};
}

std::vector<Contribution> SurpriseViews::Contributions() const {
  std::vector<Contribution> contributions;
  contributions.reserve(kSurpriseViews);
  for (size_t view = 0; view < kSurpriseViews; ++view) {
    contributions.push_back({.view = kViewNames[view], .surprise = static_cast<double>(surprise_[view])});
  }
  std::stable_sort(contributions.begin(), contributions.end(),
                   [](const Contribution& a, const Contribution& b) { return a.surprise > b.surprise; });
  return contributions;
}

bool SurpriseViews::Valid() const {
  const auto valid = [](const auto& part) { return part.Valid(); };
  const auto sound = [](float number) { return std::abs(number) <= 1e35f; };
  return end_ < kRing && seen_ <= kMostRows && step_sum_ >= 0 && sound(step_sum_) && innovation_.Valid() &&
         sound(lasting_) && sound(roughness_) && std::all_of(recent_.begin(), recent_.end(), sound) &&
         std::all_of(signed_.begin(), signed_.end(), valid) && std::all_of(novelty_.begin(), novelty_.end(), valid) &&
         values_.Valid() && shapes_.Valid();
}

}  // namespace bellwether
