#pragma once

#include <cstddef>
#include <vector>

namespace bellwether {

/// What begins at a change of the mean: a step, a bend without a step, or both.
enum class ChangeForm { kStep, kBend, kBoth };

/// One change of the mean.
struct MeanChange {
  size_t place = 0;  ///< of the first value after a step, of the last before a bend
  ChangeForm form = ChangeForm::kStep;
  friend bool operator==(const MeanChange&, const MeanChange&) = default;
};

/// The shape of a mean: a polynomial with changes on top of it. The numbers themselves come from a fit.
struct MeanModel {
  size_t degree = 0;                ///< of the polynomial, 0 to 3
  std::vector<MeanChange> changes;  ///< in any order, no place twice
  friend bool operator==(const MeanModel&, const MeanModel&) = default;

  /// How many numbers the fit chooses.
  [[nodiscard]] size_t coefficients() const {
    size_t count = degree + 1 + changes.size();
    for (const MeanChange& change : changes) {
      count += change.form == ChangeForm::kBoth ? 1 : 0;
    }
    return count;
  }
};

}  // namespace bellwether
