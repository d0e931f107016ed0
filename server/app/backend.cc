#include "server/app/backend.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/app/processors.h"
#include "server/app/version.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/connectors/connector_registry.h"
#include "server/connectors/csv/csv_connector.h"
#include "server/connectors/csv/file_access.h"
#include "server/connectors/demo/demo_connector.h"
#include "server/connectors/system/system_connector.h"
#include "server/query/connector_query_service.h"

namespace bellwether {
namespace {

// The text of a calendar: small, or it is none.
absl::StatusOr<std::string> ReadTextBeneath(const std::string& folder, std::string_view path) {
  constexpr uint64_t kMostBytes = uint64_t{4} << 20;
  BELLWETHER_ASSIGN_OR_RETURN(const ReadOnlyFile file, OpenBeneath(folder, path));
  if (file.size() > kMostBytes) {
    return BadQueryError(Concat("The file ", path, " is larger than the 4 MiB that a calendar may have."));
  }
  std::string text(file.size(), '\0');
  size_t filled = 0;
  while (filled < text.size()) {
    BELLWETHER_ASSIGN_OR_RETURN(const size_t count,
                                file.ReadAt(filled, std::span(text.data() + filled, text.size() - filled)));
    if (count == 0) {
      break;
    }
    filled += count;
  }
  text.resize(filled);
  return text;
}

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
    TextFileReader read_file;
    if (!options.csv_folder.empty()) {
      read_file = [folder = options.csv_folder](std::string_view path) { return ReadTextBeneath(folder, path); };
    }
    QueryLimits limits;
    limits.max_threads = AllowedProcessors();
    service_ = MakeConnectorQueryService(registry_, clock_, std::move(settings), limits, std::move(read_file));
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
