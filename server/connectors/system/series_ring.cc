#include "server/connectors/system/series_ring.h"

#include <algorithm>
#include <limits>

namespace bellwether {
namespace {

constexpr size_t kGrowSlots = 256;
constexpr int64_t kToleratedStepBack = 20;
constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

}  // namespace

size_t SeriesRing::Position(int64_t slot) const { return static_cast<size_t>(slot - origin_) % max_slots_; }

void SeriesRing::Append(float value) {
  if (values_.size() < max_slots_) {
    if (values_.size() == values_.capacity()) {
      values_.reserve(std::min(values_.size() + kGrowSlots, max_slots_));
    }
    values_.push_back(value);
    ++size_;
  } else {
    values_[Position(end_slot_)] = value;
  }
  ++end_slot_;
}

void SeriesRing::Add(int64_t slot, double value) {
  const bool gap_exceeds_ring = size_ > 0 && slot - end_slot_ >= static_cast<int64_t>(max_slots_);
  const bool clock_was_set_back = size_ > 0 && slot < end_slot_ - kToleratedStepBack;
  if (size_ == 0 || gap_exceeds_ring || clock_was_set_back) {
    values_.clear();
    size_ = 0;
    origin_ = slot;
    end_slot_ = slot;
  }
  if (slot == end_slot_ - 1) {
    newest_sum_ += value;
    ++newest_count_;
    values_[Position(slot)] = static_cast<float>(newest_sum_ / newest_count_);
    return;
  }
  if (slot < end_slot_) {
    return;  // The clock was corrected by a little; wait until it is past again.
  }
  while (end_slot_ < slot) {
    Append(kMissing);
  }
  newest_sum_ = value;
  newest_count_ = 1;
  Append(static_cast<float>(value));
}

double SeriesRing::At(int64_t slot) const { return values_[Position(slot)]; }

}  // namespace bellwether
