#pragma once

#include <functional>
#include <string>
#include <utility>

#include "server/query/query_service.h"

namespace bellwether {

/// A QueryService whose answers the test writes. The defaults answer every query with one frame of three points.
class FakeQueryService : public QueryService {
 public:
  using AnswerFunction =
      std::function<QueryAnswer(const QueryRequest&, const DataSourceSettings&, const Cancellation&)>;

  FakeQueryService();
  explicit FakeQueryService(AnswerFunction answer) : answer_(std::move(answer)) {}

  QueryAnswer Answer(const QueryRequest& request, const DataSourceSettings& settings,
                     const Cancellation& cancellation) const override {
    return answer_(request, settings, cancellation);
  }
  absl::Status Validate(std::string_view query_json) const override;
  std::string MethodsJson() const override { return R"({"analyses":["raw"]})"; }
  absl::StatusOr<std::string> SeriesJson(std::string_view source_json, const DataSourceSettings&) const override;
  /// Refuses an empty body and one that nobody waits for; else {"budgets": []}.
  absl::StatusOr<std::string> BacktestJson(std::string_view body, const DataSourceSettings&,
                                           const Cancellation& cancellation) const override;
  std::string ServerSettingsJson() const override {
    return R"({"csvFolder":null,"version":"1.2.3","sources":["demo","system"]})";
  }

 private:
  AnswerFunction answer_;
};

/// An answer of one frame called `name` with `points` points, a minute apart.
[[nodiscard]] QueryAnswer PointsAnswer(const std::string& name, size_t points);

}  // namespace bellwether
