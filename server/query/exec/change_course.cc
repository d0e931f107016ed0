#include "server/query/exec/change_course.h"

#include <cmath>

#include "server/base/text/concat.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

constexpr double kNearlyBack = 0.25;  // of the size of a change

/// Whether `later` brings back what was before `change`.
bool TakesBack(const ChangePoint& later, const ChangePoint& change) {
  if (later.kind != change.kind) {
    return false;
  }
  // Spreads are compared by their ratios.
  const auto scaled = [&](double value) { return change.kind == ChangeKind::kVariance ? std::log(value) : value; };
  const double moved = scaled(change.after) - scaled(change.before);
  const double moved_back = scaled(later.after) - scaled(later.before);
  const double left = scaled(later.after) - scaled(change.before);
  return moved * moved_back < 0 && std::abs(left) <= kNearlyBack * std::abs(moved);
}

/// Whether `later` is a change of the same thing: of the course of the values, or of their scatter.
bool Follows(const ChangePoint& later, const ChangePoint& change) {
  return (later.kind == ChangeKind::kVariance) == (change.kind == ChangeKind::kVariance);
}

}  // namespace

std::string_view ChangeEndName(ChangeEnd end) {
  switch (end) {
    case ChangeEnd::kLasts:
      return "lasts";
    case ChangeEnd::kTakenBack:
      return "taken back";
    case ChangeEnd::kFollowed:
      return "followed";
  }
  return "lasts";
}

std::vector<ChangeCourse> ChangeCourses(std::span<const ChangePoint> changes, size_t rows) {
  std::vector<ChangeCourse> courses;
  courses.reserve(changes.size());
  for (size_t i = 0; i < changes.size(); ++i) {
    ChangeCourse course{.end = ChangeEnd::kLasts, .rows = rows - changes[i].index, .ended = i};
    for (size_t later = i + 1; later < changes.size(); ++later) {
      const bool takes_back = TakesBack(changes[later], changes[i]);
      if (takes_back || (course.end == ChangeEnd::kLasts && Follows(changes[later], changes[i]))) {
        course = {.end = takes_back ? ChangeEnd::kTakenBack : ChangeEnd::kFollowed,
                  .rows = changes[later].index - changes[i].index,
                  .ended = later};
      }
      if (takes_back) {
        break;
      }
    }
    courses.push_back(course);
  }
  return courses;
}

std::string CourseText(const ChangeCourse& course, int64_t step_ns) {
  const std::string span = TimeSpanText(static_cast<double>(course.rows) * static_cast<double>(step_ns) / 1e9);
  switch (course.end) {
    case ChangeEnd::kLasts:
      return Concat("It lasts to the end of the data, ", span, " later.");
    case ChangeEnd::kTakenBack:
      return Concat("It came back after ", span, ".");
    case ChangeEnd::kFollowed:
      return Concat("The next change came after ", span, ".");
  }
  return {};
}

}  // namespace bellwether
