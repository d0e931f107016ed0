#pragma once

#include <cstdint>
#include <span>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// Fills the columns, evidence, periods and learning points of up to kBankLanes series with the same times, judged at
/// once by the seasonal method. `detections` has the length of `series`.
void DetectInBank(std::span<const int64_t> times_unix_ns, std::span<const SeriesToJudge> series,
                  const DetectorOptions& options, std::span<Detection> detections);

}  // namespace bellwether
