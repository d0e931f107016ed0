#pragma once

namespace bellwether {

/// The smaller and the larger of two numbers, and a number cut to a range. By value and without any promise about NaN,
/// so that each is one instruction where std::min on references may become a branch.
template <class Number>
inline Number Least(Number a, Number b) {
  return a < b ? a : b;
}
template <class Number>
inline Number Most(Number a, Number b) {
  return a > b ? a : b;
}
template <class Number>
inline Number Clip(Number value, Number low, Number high) {
  return Least(Most(value, low), high);
}

}  // namespace bellwether
