#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace bellwether {

/// Says how far a row lies from what the rows before it foretell: the step from the last row, less a regression of
/// steps on three things known before it, the step of what is usual, how far the last row was from what is usual, and
/// the last step. It comes to a walk, to an autoregression around a level or season, or to something between them, as
/// the series wants. Ridge regression (Hoerl and Kennard 1970, "Ridge regression: biased estimation for nonorthogonal
/// problems") from running sums with a memory of a thousand rows, in which wild rows count no more than four usual
/// ones. Causal; some 60 bytes.
class InnovationFilter {
 public:
  /// The distance of `value` from what was foretold, in the units of the values. `usual` is what was usual at its time,
  /// `last` and `before` are the values one and two rows ago; `rows` counts those seen, this one among them. Learns
  /// from the row where `learn`.
  float Observe(float value, float usual, float last, float before, bool learn, uint32_t rows);

  template <class Visitor>
  void VisitState(Visitor&& visit) {
    visit(squares_), visit(products_), visit(coefficients_), visit(usual_before_), visit(step_size_), visit(gap_size_);
  }
  [[nodiscard]] bool Valid() const;

 private:
  static constexpr size_t kInputs = 3;
  static constexpr size_t kPairs = 6;

  void Solve(float ridge);

  std::array<float, kPairs> squares_{};  // of the inputs in usual sizes: 00 10 11 20 21 22
  std::array<float, kInputs> products_{};
  std::array<float, kInputs> coefficients_{};
  float usual_before_ = 0;
  float step_size_ = 0;  // mean magnitude of the steps
  float gap_size_ = 0;   // and of the distances from what is usual
};

}  // namespace bellwether
