#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/analytics/changepoint/changepoints.h"

namespace bellwether {

/// What became of a change by the end of the data.
enum class ChangeEnd {
  kLasts,      ///< no later change of level or slope (of scatter, for one of scatter) is known
  kTakenBack,  ///< a later change of its kind brought back what was before, to within a quarter of its size
  kFollowed,   ///< another change came
};

[[nodiscard]] std::string_view ChangeEndName(ChangeEnd end);  ///< "lasts", "taken back", "followed"

/// How long a change held.
struct ChangeCourse {
  ChangeEnd end = ChangeEnd::kLasts;
  size_t rows = 0;   ///< from the change to the one that ended it, or to the end of the data
  size_t ended = 0;  ///< index of the change that ended it; that of the change itself where it lasts
};

/// The course of each of `changes` (of one series, ascending), which has `rows` rows.
[[nodiscard]] std::vector<ChangeCourse> ChangeCourses(std::span<const ChangePoint> changes, size_t rows);

/// "It came back after 2 days.", "The next change came after 41 h.", "It lasts to the end of the data, 16 h later."
[[nodiscard]] std::string CourseText(const ChangeCourse& course, int64_t step_ns);

}  // namespace bellwether
