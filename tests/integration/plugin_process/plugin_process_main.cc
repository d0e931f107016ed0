// The plugin's process with a made-up query service: what tests start to see handshake, lifetime and memory without the
// rest of Bellwether. With an address as its argument it serves stand-alone.
#include <cstdlib>
#include <string>

#include "server/plugin/plugin_process.h"
#include "server/telemetry/log/fd_logger.h"
#include "tests/unit/plugin/fake_query_service.h"

int main(int argc, char** argv) {
  using namespace bellwether;  // NOLINT(google-build-using-namespace): a test program of one file
  const SystemClock clock;
  FdLogger logger({.fd = 2, .level_min = LogLevel::kDebug, .module = "plugin_process"}, clock);
  MetricRegistry registry;
  const CheckedFrame frame = PointsAnswer("series", 10'000).frames.front();
  const FakeQueryService queries(
      [&frame](const QueryRequest& request, const DataSourceSettings&, const Cancellation&) -> QueryAnswer {
        if (request.json.find("spin") != std::string::npos) {
          // A computation that never asks whether it was cancelled.
          for (volatile bool forever = true; forever;) {
          }
        }
        return {.status = absl::OkStatus(), .frames = {frame}};
      });
  const PluginServerOptions options = {.version = "0.0.1"};
  if (argc > 1) {
    return RunStandalone(argv[1], queries, registry, logger, clock, options);
  }
  const PluginEnvironment environment = ReadPluginEnvironment([](const char* name) { return std::getenv(name); });
  if (!environment.cookie_present) {
    logger.Error("This program is started by a plugin host.");
    return 1;
  }
  return RunPlugin(queries, registry, logger, clock, environment, options);
}
