#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "server/analytics/series/clip.h"
#include "server/analytics/series/lane_math.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// Says how far a row lies from what the rows before it foretell, for N series side by side: the step from the last
/// row, less a regression of steps on three things known before it, the step of what is usual, how far the last row was
/// from what is usual, and the last step. It comes to a walk, to an autoregression around a level or season, or to
/// something between them, as the series wants. Ridge regression (Hoerl and Kennard 1970, "Ridge regression: biased
/// estimation for nonorthogonal problems") from running sums with a memory of a thousand rows, in which wild rows count
/// no more than four usual ones. Causal; some 60 bytes.
template <size_t N = 1>
class InnovationFilter {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  /// The distance of `value` from what was foretold, in the units of the values. `usual` is what was usual at its time,
  /// `last` and `before` are the values one and two rows ago; `rows` counts those seen, this one among them. Learns
  /// from the row in the lanes of `learn`; in those of `active` it moves on.
  BELLWETHER_LANES_INLINE Float Observe(Float value, Float usual, Float last, Float before, Mask active, Mask learn,
                                        Int rows) {
    const Float step = value - last;
    const Float usual_before = usual_before_.Load();
    const Float step_size = step_size_.Load();
    const Float gap_size = gap_size_.Load();
    const Float gap = usual_before - last;
    const Float per_gap = Inverse(gap_size);
    const Float per_step = Inverse(step_size);
    std::array<Float, kInputs> input = {(usual - usual_before) * per_gap, gap * per_gap, (last - before) * per_step};
    Float foretold = L::Splat(0.0f);
    for (size_t i = 0; i < kInputs; ++i) {
      foretold = foretold + coefficients_[i].Load() * Within(input[i], kFurthest);
      input[i] = Within(input[i], kCalm);
    }
    const Float innovation = step - step_size * foretold;
    const Mask learns = learn & (rows > 1);
    if (L::Any(learns)) {
      Learn(input, step, gap, per_step, learns, rows);
    }
    usual_before_ = L::Select(active, usual, usual_before);
    return innovation;
  }

  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    for (LaneFloats<N>& one : squares_) {
      visit(one.at[lane]);
    }
    for (LaneFloats<N>& one : products_) {
      visit(one.at[lane]);
    }
    for (LaneFloats<N>& one : coefficients_) {
      visit(one.at[lane]);
    }
    visit(usual_before_.at[lane]), visit(step_size_.at[lane]), visit(gap_size_.at[lane]);
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    const auto sound = [&](const LaneFloats<N>& one) { return std::abs(one.at[lane]) <= 1e35f; };
    bool valid = step_size_.at[lane] >= 0 && gap_size_.at[lane] >= 0 && sound(step_size_) && sound(gap_size_) &&
                 sound(usual_before_) && squares_[0].at[lane] >= 0 && squares_[2].at[lane] >= 0 &&
                 squares_[5].at[lane] >= 0;
    for (const LaneFloats<N>& one : squares_) {
      valid = valid && sound(one);
    }
    for (size_t i = 0; i < kInputs; ++i) {
      valid = valid && sound(products_[i]) && sound(coefficients_[i]);
    }
    return valid;
  }

 private:
  static constexpr size_t kInputs = 3;
  static constexpr size_t kPairs = 6;
  static constexpr float kMemory = 1e-3f;
  static constexpr float kCalm = 4;  // usual sizes: wilder rows count no more
  static constexpr float kFurthest = 1e6f;
  static constexpr float kRidge = 0.02f;
  static constexpr float kEarlyRidge = 4;  // over the number of rows, in addition
  static constexpr float kLeastSquare = 1e-9f;
  static constexpr float kMostCoefficient = 4;
  static constexpr int32_t kFirstRows = 8;  // of which nothing is known to be wild
  static constexpr int32_t kSolveRows = 16;

  static BELLWETHER_LANES_INLINE Float Inverse(Float size) {
    return L::Select(size > 1e-30f, 1.0f / size, L::Splat(0.0f));
  }
  static BELLWETHER_LANES_INLINE Float Within(Float x, float limit) {
    return Clip<Float>(x, L::Splat(-limit), L::Splat(limit));
  }

  BELLWETHER_LANES_INLINE void Learn(const std::array<Float, kInputs>& input, Float step, Float gap, Float per_step,
                                     Mask learns, Int rows) {
    const Float gain = Most<Float>(InverseOfNext<N>(rows - 1), L::Splat(kMemory));
    const Float target = Within(step * per_step, kCalm);
    size_t pair = 0;
    for (size_t i = 0; i < kInputs; ++i) {
      for (size_t j = 0; j <= i; ++j, ++pair) {
        const Float square = squares_[pair].Load();
        squares_[pair] = L::Select(learns, square + gain * (input[i] * input[j] - square), square);
      }
      const Float product = products_[i].Load();
      products_[i] = L::Select(learns, product + gain * (input[i] * target - product), product);
    }
    const Mask early = rows <= kFirstRows;
    const Float size = step_size_.Load();
    const Float gap_size = gap_size_.Load();
    const Float stride = AbsOf<N>(step);
    const Float distance = AbsOf<N>(gap);
    const Float most_step = L::Select(early, stride, kCalm * size + 1e-6f * gap_size);
    step_size_ = L::Select(learns, size + gain * (Least<Float>(stride, most_step) - size), size);
    const Float most_gap = L::Select(early, distance, kCalm * gap_size + size);
    gap_size_ = L::Select(learns, gap_size + gain * (Least<Float>(distance, most_gap) - gap_size), gap_size);
    const Mask solves = learns & ((rows & (kSolveRows - 1)) == 0);
    if (L::Any(solves)) {
      Solve(kRidge + kEarlyRidge / L::ToFloat(rows), solves);
    }
  }

  /// Cholesky's factors of the squares with the ridge on the diagonal.
  BELLWETHER_LANES_INLINE void Solve(Float ridge, Mask solves) {
    const Float least = L::Splat(kLeastSquare);
    const Float l11 = RootOf<N>(squares_[0].Load() * (1 + ridge) + kLeastSquare);
    const Float l21 = squares_[1].Load() / l11;
    const Float l22 = RootOf<N>(Most<Float>(squares_[2].Load() * (1 + ridge) + kLeastSquare - l21 * l21, least));
    const Float l31 = squares_[3].Load() / l11;
    const Float l32 = (squares_[4].Load() - l31 * l21) / l22;
    const Float l33 =
        RootOf<N>(Most<Float>(squares_[5].Load() * (1 + ridge) + kLeastSquare - l31 * l31 - l32 * l32, least));
    const Float y1 = products_[0].Load() / l11;
    const Float y2 = (products_[1].Load() - l21 * y1) / l22;
    const Float y3 = (products_[2].Load() - l31 * y1 - l32 * y2) / l33;
    const Float third = y3 / l33;
    const Float second = (y2 - l32 * third) / l22;
    const Float first = (y1 - l21 * second - l31 * third) / l11;
    const std::array<Float, kInputs> solved = {first, second, third};
    for (size_t i = 0; i < kInputs; ++i) {
      coefficients_[i] = L::Select(solves, Within(solved[i], kMostCoefficient), coefficients_[i].Load());
    }
  }

  std::array<LaneFloats<N>, kPairs> squares_{};  // of the inputs in usual sizes: 00 10 11 20 21 22
  std::array<LaneFloats<N>, kInputs> products_{};
  std::array<LaneFloats<N>, kInputs> coefficients_{};
  LaneFloats<N> usual_before_;
  LaneFloats<N> step_size_;  // mean magnitude of the steps
  LaneFloats<N> gap_size_;   // and of the distances from what is usual
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
