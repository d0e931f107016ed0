// Arbitrary values, times and options through every detection method in both modes: answers are sound, the same point
// by point as over the whole series, and do not depend on later rows. Input: method and mode, options, rows (see
// detector_rows.h).

#include <cstdint>
#include <span>

#include "server/analytics/anomaly/detector.h"
#include "tests/fuzz/detector_rows.h"
#include "tests/fuzz/require.h"

namespace {

using bellwether::Detection;
using bellwether::Require;

constexpr size_t kRowsMax = 2000;

bellwether::Verdict RowOf(const Detection& detection, size_t i) {
  return {.expected = detection.expected[i],
          .lower = detection.lower[i],
          .upper = detection.upper[i],
          .score = detection.score[i],
          .p_value = detection.p_value[i],
          .is_anomaly = detection.is_anomaly[i] != 0,
          .severity = detection.severity[i]};
}

void RequireSoundDetection(const Detection& detection, size_t n) {
  Require(detection.expected.size() == n && detection.lower.size() == n && detection.upper.size() == n);
  Require(detection.score.size() == n && detection.p_value.size() == n && detection.is_anomaly.size() == n);
  Require(detection.severity.size() == n && detection.learning_points <= n);
  Require(detection.alarms_per_week >= 0);
  for (size_t i = 0; i < n; ++i) {
    bellwether::RequireSound(RowOf(detection, i));
  }
  size_t next = 0;
  for (const bellwether::Incident& incident : detection.incidents) {
    Require(incident.first >= next && incident.first <= incident.peak && incident.peak <= incident.last);
    Require(incident.last < n && incident.severity != bellwether::Severity::kNone);
    next = incident.last + 1;
  }
  next = 0;
  for (const bellwether::AlarmEvidence& evidence : detection.evidence) {
    Require(evidence.row >= next && evidence.row < n && detection.is_anomaly[evidence.row] == 1);
    for (const bellwether::Contribution& contribution : evidence.contributions) {
      Require(contribution.surprise >= 0 && contribution.surprise <= 6 && !contribution.view.empty());
    }
    next = evidence.row + 1;
  }
  for (const bellwether::Period& period : detection.periods) {
    Require(period.steps >= 2 && period.strength >= 0 && period.strength <= 1);
  }
}

/// With half the rows: what is said of them must be what Detect says of all rows. Point by point, where the stream
/// knows all that Detect does: gaps are judged by Detect.
void RequireCausal(const bellwether::FuzzRows& rows, const Detection& whole, std::string_view method,
                   const bellwether::DetectorOptions& options) {
  const size_t half = rows.values.size() / 2;
  if (options.alert_on_missing) {
    const auto part = bellwether::Detect(std::span(rows.times).first(half), std::span(rows.values).first(half), method,
                                         options, bellwether::DetectionMode::kOnline);
    Require(part.ok());
    for (size_t i = 0; i < half; ++i) {
      Require(bellwether::SameVerdict(RowOf(*part, i), RowOf(whole, i)), "a row must not depend on later rows");
    }
    return;
  }
  const auto detector = bellwether::MakeStreamingDetector(method, options);
  Require(detector.ok());
  for (size_t i = 0; i < half; ++i) {
    const bellwether::Verdict verdict = (*detector)->Observe(rows.times[i], rows.values[i]);
    Require(bellwether::SameVerdict(verdict, RowOf(whole, i)), "a row must not depend on later rows");
  }
  Require((*detector)->StateBytes() <= 64 * 1024, "state is bounded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bellwether::FuzzBytes bytes(std::span(data, size));
  const auto choice = bytes.Take<uint8_t>();
  const auto methods = bellwether::DetectorMethods();
  const std::string_view method = methods[choice / 2 % methods.size()].id;
  const auto mode = choice % 2 == 0 ? bellwether::DetectionMode::kOnline : bellwether::DetectionMode::kBatch;
  const bellwether::DetectorOptions options = bellwether::TakeOptions(bytes);
  const bellwether::FuzzRows rows = bellwether::TakeRows(bytes, kRowsMax);
  const auto detection = bellwether::Detect(rows.times, rows.values, method, options, mode);
  Require(detection.ok() == bellwether::MakeStreamingDetector(method, options).ok());
  if (!detection.ok()) {
    return 0;
  }
  RequireSoundDetection(*detection, rows.values.size());
  if (mode == bellwether::DetectionMode::kOnline) {
    RequireCausal(rows, *detection, method, options);
  }
  return 0;
}
