#include "server/app/backend.h"

#include <utility>

#include "server/app/version.h"
#include "server/connectors/connector_registry.h"
#include "server/connectors/csv/csv_connector.h"
#include "server/connectors/demo/demo_connector.h"
#include "server/connectors/system/system_connector.h"
#include "server/query/connector_query_service.h"

namespace bellwether {
namespace {

class WiredBackend final : public Backend {
 public:
  explicit WiredBackend(const BackendOptions& options) {
    registry_.Add(std::make_unique<DemoConnector>(clock_));
    SystemOptions system;
    system.sample_interval = options.system_sample_interval;
    system.slot = options.system_slot;
    auto system_connector = std::make_unique<SystemConnector>(std::move(system), clock_);
    system_connector->Start();
    registry_.Add(std::move(system_connector));
    CsvOptions csv;
    csv.folder = options.csv_folder;
    registry_.Add(std::make_unique<CsvConnector>(std::move(csv)));
    ServerSettings settings;
    settings.version = kVersion;
    settings.csv_folder = options.csv_folder;
    service_ = MakeConnectorQueryService(registry_, clock_, std::move(settings));
  }

  [[nodiscard]] const QueryService& service() const override { return *service_; }
  [[nodiscard]] const Clock& clock() const override { return clock_; }

 private:
  SystemClock clock_;
  ConnectorRegistry registry_;
  std::unique_ptr<QueryService> service_;
};

}  // namespace

std::unique_ptr<Backend> Backend::Create(const BackendOptions& options) {
  return std::make_unique<WiredBackend>(options);
}

}  // namespace bellwether
