#pragma once

#include <cstdint>

namespace bellwether {

/// Learns the step of a stream from its time stamps by majority vote; repeated, backward and jittered times do no harm.
class StepClock {
 public:
  /// Takes the next time stamp.
  void Observe(int64_t time_unix_ns);

  /// Rows in a day at the present step, at least 1 and at most 1e6; 288 until two times are known.
  [[nodiscard]] float rows_per_day() const { return rows_per_day_; }

  /// 0 until two distinct times are known.
  [[nodiscard]] double step_ns() const { return step_ns_; }

  template <class Visitor>
  void VisitState(Visitor&& visit) {
    visit(step_ns_), visit(rows_per_day_), visit(last_), visit(votes_), visit(started_);
  }
  [[nodiscard]] bool Valid() const {
    return step_ns_ >= 0 && rows_per_day_ >= 1 && rows_per_day_ <= 1e6f && votes_ >= 0 && votes_ <= kMostVotes &&
           started_ <= 1;
  }

 private:
  static constexpr int16_t kMostVotes = 50;

  double step_ns_ = 0;
  int64_t last_ = 0;
  float rows_per_day_ = 288;
  int16_t votes_ = 0;
  uint8_t started_ = 0;
};

}  // namespace bellwether
