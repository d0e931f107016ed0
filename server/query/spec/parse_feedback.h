#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "server/query/spec/json_reader.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// The most entries of `anomalies.blackouts` and of `anomalies.feedback`.
inline constexpr size_t kMostBlackouts = 20;
inline constexpr size_t kMostFeedback = 200;

/// Reads `blackouts` of the options of an anomaly query: weekly ones have times of day, single ones moments. What is
/// wrong with an entry is recorded in `reader`.
void ReadBlackouts(JsonReader& reader, AnomalySpec& spec);

/// Reads `feedback` of the options of an anomaly query.
void ReadFeedback(JsonReader& reader, AnomalySpec& spec);

/// The moment that a text such as "2026-11-20T12:00:00Z" or "2026-11-20T12:00+01:00" names; nothing for a time without
/// a zone and for one outside the years 1678 to 2261.
[[nodiscard]] std::optional<absl::Time> ParseMoment(std::string_view text);

/// The zone of an IANA name such as "Europe/Berlin"; nothing when this machine does not know it.
[[nodiscard]] std::optional<absl::TimeZone> FindTimeZone(std::string_view name);

}  // namespace bellwether
