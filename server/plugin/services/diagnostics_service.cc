#include "server/plugin/services/diagnostics_service.h"

#include <memory>
#include <utility>

#include "server/plugin/convert/context_convert.h"
#include "server/plugin/health/health_check.h"
#include "server/plugin/services/pending_call.h"
#include "server/base/text/utf8.h"

namespace bellwether {
namespace {

void ToProto(const HealthReport& report, pluginv2::CheckHealthResponse& proto) {
  proto.set_status(report.ok ? pluginv2::CheckHealthResponse::OK : pluginv2::CheckHealthResponse::ERROR);
  proto.set_message(ReplaceInvalidUtf8(report.message));
  proto.set_jsondetails(report.details_json);
}

HealthReport Broken(std::string message) { return {.ok = false, .message = std::move(message), .details_json = "{}"}; }

}  // namespace

grpc::ServerUnaryReactor* DiagnosticsService::CheckHealth(grpc::CallbackServerContext* context,
                                                          const pluginv2::CheckHealthRequest* request,
                                                          pluginv2::CheckHealthResponse* response) {
  const std::shared_ptr<PendingCall> call = PendingCall::Begin("checkHealth", metrics_, *context);
  const auto check = [this, call, request, response] {
    HealthReport report;
    const std::string fault = barrier_.Run("checkHealth", [&] {
      report = bellwether::CheckHealth(queries_, FromProto(request->plugincontext()), clock_, version_,
                                       call->cancellation());
    });
    ToProto(fault.empty() ? report : Broken(fault), *response);
    call->Complete(grpc::Status::OK, report.ok ? Outcome::kOk : Outcome::kError, Origin::kPlugin);
  };
  if (!pool_.Submit(check)) {
    ToProto(Broken("Bellwether has too many requests waiting to check itself. Try again in a moment."), *response);
    call->Complete(grpc::Status::OK, Outcome::kError, Origin::kPlugin);
  }
  return call.get();
}

grpc::ServerUnaryReactor* DiagnosticsService::CollectMetrics(grpc::CallbackServerContext* context,
                                                             const pluginv2::CollectMetricsRequest*,
                                                             pluginv2::CollectMetricsResponse* response) {
  const std::shared_ptr<PendingCall> call = PendingCall::Begin("collectMetrics", metrics_, *context);
  const std::string fault =
      barrier_.Run("collectMetrics", [&] { response->mutable_metrics()->set_prometheus(registry_.PrometheusText()); });
  if (fault.empty()) {
    call->Complete(grpc::Status::OK, Outcome::kOk, Origin::kPlugin);
  } else {
    call->Complete({grpc::StatusCode::INTERNAL, fault}, Outcome::kError, Origin::kPlugin);
  }
  return call.get();
}

}  // namespace bellwether
