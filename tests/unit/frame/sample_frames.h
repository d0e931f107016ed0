#pragma once

#include <string>
#include <vector>

#include "server/frame/frame.h"

namespace bellwether {

struct SampleFrame {
  std::string name;
  CheckedFrame frame;
};

/// Frames that between them have every field type, with and without missing values, and every part of the metadata.
/// The suites of the encoders, of other languages' readers and the fuzzers' seeds all start from these.
[[nodiscard]] std::vector<SampleFrame> SampleFrames();

/// The sample called `name`; fails the process when there is none.
[[nodiscard]] CheckedFrame SampleFrameNamed(const std::string& name);

/// A wide frame as an anomaly overlay makes it: one time field and `series` labelled float64 fields of `points` values,
/// every hundredth one missing.
[[nodiscard]] CheckedFrame WideFrame(size_t series, size_t points);

}  // namespace bellwether
