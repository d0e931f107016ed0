// iCalendar files: whatever bytes arrive, the days lie within the range asked for and in order, or there is a sentence;
// and the columns made of them hold finite numbers.
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/analytics/forecast/calendar.h"
#include "server/base/status/error_origin.h"
#include "tests/fuzz/require.h"

using bellwether::CalendarColumn;
using bellwether::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::CivilDay from(2024, 1, 1);
  const absl::CivilDay to(2026, 12, 31);
  auto read = bellwether::ReadIcs(text, from, to);
  if (!read.ok()) {
    Require(bellwether::HttpStatusOf(read.status()) == 400, "what is no calendar is a 400");
    Require(!read.status().message().empty(), "with a sentence");
    return 0;
  }
  for (size_t i = 0; i < read->days.size(); ++i) {
    Require(read->days[i].day >= from && read->days[i].day <= to, "within the range");
    Require(i == 0 || read->days[i].day >= read->days[i - 1].day, "in order");
  }
  bellwether::CalendarOptions options;
  options.weekdays = true;
  options.holidays = std::move(read->days);
  const int64_t step = (size % 3 == 0 ? 3600 : size % 3 == 1 ? 86'400 : 7 * 86'400) * int64_t{1'000'000'000};
  for (const CalendarColumn& column : bellwether::CalendarColumns(options, 1'704'067'200'000'000'000, step, 50)) {
    Require(column.values.size() == 50, "a value a bucket");
    for (const double value : column.values) {
      Require(std::isfinite(value) && std::abs(value) <= 1, "a share or a sign");
    }
  }
  return 0;
}
