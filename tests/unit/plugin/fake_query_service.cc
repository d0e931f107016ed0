#include "tests/unit/plugin/fake_query_service.h"

#include <vector>

#include "server/base/status/error_origin.h"

namespace bellwether {

FakeQueryService::FakeQueryService()
    : FakeQueryService([](const QueryRequest& request, const DataSourceSettings&, const Cancellation&) {
        return PointsAnswer(request.ref_id, 3);
      }) {}

absl::Status FakeQueryService::Validate(std::string_view query_json) const {
  return query_json.find("raw") != std::string_view::npos
             ? absl::OkStatus()
             : BadQueryError("The analysis is missing. Allowed are: \"raw\".");
}

absl::StatusOr<std::string> FakeQueryService::SeriesJson(std::string_view source_json,
                                                         const DataSourceSettings&) const {
  if (source_json == R"({"kind":"demo"})") {
    return R"([{"name":"revenue","labels":{},"unit":"currencyEUR","description":""}])";
  }
  return BadQueryError("The source " + std::string(source_json) + " is unknown.");
}

absl::StatusOr<std::string> FakeQueryService::BacktestJson(std::string_view body, const DataSourceSettings&,
                                                           const Cancellation& cancellation) const {
  if (const absl::Status status = cancellation.Check(); !status.ok()) {
    return status;
  }
  return body.empty() ? absl::StatusOr<std::string>(BadQueryError("query is missing.")) : R"({"budgets":[]})";
}

QueryAnswer PointsAnswer(const std::string& name, size_t points) {
  constexpr int64_t kMinuteNanoseconds = 60'000'000'000;
  std::vector<int64_t> times(points);
  std::vector<double> values(points);
  for (size_t i = 0; i < points; ++i) {
    times[i] = 1'700'000'000'000'000'000 + static_cast<int64_t>(i) * kMinuteNanoseconds;
    values[i] = static_cast<double>(i);
  }
  Frame frame;
  frame.name = name;
  frame.fields = {TimeField("time", std::move(times)), NumberField("value", std::move(values))};
  absl::StatusOr<CheckedFrame> checked = CheckedFrame::Check(std::move(frame));
  QueryAnswer answer;
  answer.status = checked.status();
  if (checked.ok()) {
    answer.frames.push_back(*std::move(checked));
  }
  return answer;
}

}  // namespace bellwether
