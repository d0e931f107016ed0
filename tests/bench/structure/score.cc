#include "tests/bench/structure/score.h"

#include <algorithm>

namespace bellwether {
namespace {

std::vector<size_t> Edges(const std::vector<size_t>& changes) {
  std::vector<size_t> edges = changes;
  edges.push_back(0);
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

}  // namespace

double ChangeF1(const std::vector<size_t>& truth, const std::vector<size_t>& reported, size_t length) {
  const size_t margin = std::max<size_t>(5, length / 100);
  const std::vector<size_t> wanted = Edges(truth);
  std::vector<size_t> free = Edges(reported);
  const double found = static_cast<double>(free.size());
  double right = 0;
  for (const size_t place : wanted) {
    const auto distance = [place](size_t other) { return std::max(place, other) - std::min(place, other); };
    const auto near =
        std::min_element(free.begin(), free.end(), [&](size_t a, size_t b) { return distance(a) < distance(b); });
    if (near != free.end() && distance(*near) <= margin) {
      free.erase(near);
      ++right;
    }
  }
  return 2 * right / (found + static_cast<double>(wanted.size()));
}

double ChangeCover(const std::vector<size_t>& truth, const std::vector<size_t>& reported, size_t length) {
  std::vector<size_t> wanted = Edges(truth);
  std::vector<size_t> found = Edges(reported);
  wanted.push_back(length);
  found.push_back(length);
  double sum = 0;
  for (size_t i = 0; i + 1 < wanted.size(); ++i) {
    double best = 0;
    for (size_t j = 0; j + 1 < found.size(); ++j) {
      const size_t low = std::max(wanted[i], found[j]);
      const size_t high = std::min(wanted[i + 1], found[j + 1]);
      if (high > low) {
        const size_t outer = std::max(wanted[i + 1], found[j + 1]) - std::min(wanted[i], found[j]);
        best = std::max(best, static_cast<double>(high - low) / static_cast<double>(outer));
      }
    }
    sum += best * static_cast<double>(wanted[i + 1] - wanted[i]);
  }
  return sum / static_cast<double>(length);
}

}  // namespace bellwether
