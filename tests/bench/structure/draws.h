#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace bellwether {

using Random = std::mt19937_64;

/// A source of numbers for one kind of series; the same `seed` gives the same numbers on every machine.
[[nodiscard]] Random RandomOf(std::string_view kind, uint64_t seed);

[[nodiscard]] double Uniform(Random& random, double low, double high);
/// Evenly distributed in the logarithm; 0 < low < high.
[[nodiscard]] double LogUniform(Random& random, double low, double high);
[[nodiscard]] double Normal(Random& random);
/// Student's t with three degrees of freedom, scaled to a standard deviation of 1.
[[nodiscard]] double StudentThree(Random& random);
/// Poisson of `mean` up to some thousand; beyond, the normal law.
[[nodiscard]] double Poisson(Random& random, double mean);
[[nodiscard]] double Sign(Random& random);  ///< -1 or 1

/// AR(1) noise of standard deviation 1 (phi = 1: a random walk of steps 1), normal or `heavy` (Student).
[[nodiscard]] std::vector<double> Noise(Random& random, size_t count, double phi, bool heavy = false);

/// `count` places, ascending, at least `least` apart and from both ends; the middle alone where there is no room.
[[nodiscard]] std::vector<size_t> Places(Random& random, size_t n, size_t count, size_t least);

}  // namespace bellwether
