#pragma once

namespace bellwether {

// By value and without any promise about NaN, so that each is one instruction where std::min on references may become a
// branch; of numbers, and lane by lane of vectors of them.

/// The smaller of two numbers.
template <class Number>
inline __attribute__((always_inline)) Number Least(Number a, Number b) {
  return a < b ? a : b;
}

/// The larger of two numbers.
template <class Number>
inline __attribute__((always_inline)) Number Most(Number a, Number b) {
  return a > b ? a : b;
}

/// A number cut to [low, high].
template <class Number>
inline __attribute__((always_inline)) Number Clip(Number value, Number low, Number high) {
  return Least(Most(value, low), high);
}

}  // namespace bellwether
