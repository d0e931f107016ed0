#include "server/analytics/multivariate/score_calibration.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "server/analytics/multivariate/model_state.h"

namespace bellwether {
namespace {

constexpr size_t kKept = 4096;
constexpr size_t kLeastTail = 20;
constexpr double kTailShare = 0.05;

}  // namespace

ScoreCalibration::ScoreCalibration(std::span<const double> scores) {
  std::vector<double> all;
  for (const double score : scores) {
    if (!std::isnan(score)) {
      all.push_back(score);
    }
  }
  std::sort(all.begin(), all.end());
  count_ = static_cast<double>(all.size());
  const auto tail = static_cast<size_t>(std::ceil(kTailShare * count_));
  if (tail >= kLeastTail) {
    const size_t begin = all.size() - tail;
    tail_begin_ = all[begin - 1];
    tail_scale_ = (all[begin + tail / 2] - tail_begin_) / std::numbers::ln2;
    highest_.assign(all.end() - static_cast<std::ptrdiff_t>(std::min(tail, kKept)), all.end());
    tail_share_ = tail_scale_ > 0 && std::isfinite(tail_scale_) ? static_cast<double>(tail) / count_ : 0;
  }
  const size_t kept = std::min(all.size(), kKept);
  for (size_t i = 0; i < kept; ++i) {
    sorted_.push_back(all[(2 * i + 1) * all.size() / (2 * kept)]);
  }
}

double ScoreCalibration::ChanceOf(double score) const {
  if (sorted_.empty() || std::isnan(score)) {
    return 1;
  }
  if (tail_share_ > 0 && score > tail_begin_) {
    const double fitted = tail_share_ * std::exp(-(score - tail_begin_) / tail_scale_);
    const auto place = std::lower_bound(highest_.begin(), highest_.end(), score);
    const double counted = place == highest_.begin()  // how many are as high is not known any more
                               ? tail_share_
                               : (static_cast<double>(highest_.end() - place) + 1) / (count_ + 1);
    return std::max(kLeastChance, counted < fitted ? std::sqrt(fitted * counted) : fitted);
  }
  const auto at_least = static_cast<double>(sorted_.end() - std::lower_bound(sorted_.begin(), sorted_.end(), score));
  const double share = at_least / static_cast<double>(sorted_.size());
  // The score itself is one of count + 1 that were as likely to be the highest.
  return std::clamp((share * count_ + 1) / (count_ + 1), tail_share_ > 0 ? tail_share_ : kLeastChance, 1.0);
}

double ScoreCalibration::SurpriseOf(double score) const { return -std::log10(ChanceOf(score)); }

void ScoreCalibration::Save(StateWriter& writer) const {
  writer(count_), writer(tail_begin_), writer(tail_share_), writer(tail_scale_);
  writer(static_cast<uint32_t>(sorted_.size())), writer(static_cast<uint32_t>(highest_.size()));
  WriteAll<double>(writer, sorted_);
  WriteAll<double>(writer, highest_);
}

std::optional<ScoreCalibration> ScoreCalibration::Restore(StateReader& reader) {
  ScoreCalibration restored;
  uint32_t sorted = 0;
  uint32_t highest = 0;
  reader(restored.count_), reader(restored.tail_begin_), reader(restored.tail_share_), reader(restored.tail_scale_);
  reader(sorted), reader(highest);
  if (sorted > kKept || highest > kKept) {
    return std::nullopt;
  }
  restored.sorted_ = ReadAll<double>(reader, sorted);
  restored.highest_ = ReadAll<double>(reader, highest);
  const bool has_tail = restored.tail_share_ > 0;
  if (!std::is_sorted(restored.sorted_.begin(), restored.sorted_.end()) ||
      !std::is_sorted(restored.highest_.begin(), restored.highest_.end()) ||
      restored.count_ < static_cast<double>(std::max(sorted, highest)) || restored.tail_share_ < 0 ||
      restored.tail_share_ > 1 || (has_tail && !(restored.tail_scale_ > 0))) {
    return std::nullopt;
  }
  return restored;
}

}  // namespace bellwether
