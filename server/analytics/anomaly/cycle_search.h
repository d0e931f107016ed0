#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bellwether {

/// Rows of which a cycle is found.
inline constexpr size_t kCycleRows = 512;
/// The longest cycle that is found, in rows; at least four of them lie in kCycleRows.
inline constexpr float kLongestCycle = 128;

/// One bit a row, whether it was high, oldest first from the highest bit of the first number on.
using CycleBits = std::array<uint64_t, kCycleRows / 64>;

/// The length of the cycle in which rows are high, 2 to kLongestCycle rows, not always a whole number; 0 where there is
/// none. Rows that coincide at all multiples of the length and at no odd multiple of its half speak for it; noise,
/// smooth noise and random walks have none. Some 5 us.
///
/// Source: the comb over the autocorrelation of a clipped signal is that of pitch detectors (Rabiner 1977, "On the use
/// of autocorrelation analysis for pitch detection"); how far the autocorrelations of smooth noise stray is from
/// Bartlett (1946, "On the theoretical specification and sampling properties of autocorrelated time-series").
[[nodiscard]] float FindCycle(const CycleBits& high);

/// When in a cycle of `length` rows they are high: the phase of the first harmonic, -1/2 to 1/2 of a cycle, against the
/// row after the last.
[[nodiscard]] float PhaseOfHigh(const CycleBits& high, float length);

}  // namespace bellwether
