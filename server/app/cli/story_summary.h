#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nlohmann/json_fwd.hpp"

namespace bellwether {

/// What stands above the stories of many series: how many have what, and which to look at first.
class StorySummary {
 public:
  /// Adds a series with the facts of its SeriesStory.
  void Add(const std::string& name, const nlohmann::json& facts);

  /// The lines with an empty one after them; nothing for a few series, which are read as quickly.
  [[nodiscard]] std::string Text() const;

 private:
  struct Line {
    std::string name;
    size_t anomalies = 0;
    size_t worst = 0;  ///< place of the highest severity among all severities, 0 = none
    size_t changes = 0;
    double trend = 0;  ///< strength of the trend, 0 where there is none
  };
  std::vector<Line> lines_;
};

}  // namespace bellwether
