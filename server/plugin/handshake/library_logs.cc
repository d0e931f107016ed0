#include "server/plugin/handshake/library_logs.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>

#include "absl/base/internal/raw_logging.h"

namespace bellwether {
namespace {

// The hooks are plain function pointers without a user argument, hence the one variable they can reach.
std::atomic<Logger*> hooked_logger = nullptr;

void LogFromGrpc(gpr_log_func_args* args) {
  Logger* logger = hooked_logger.load(std::memory_order_acquire);
  if (logger == nullptr) {
    return;
  }
  const LogLevel level = args->severity == GPR_LOG_SEVERITY_ERROR  ? LogLevel::kWarn
                         : args->severity == GPR_LOG_SEVERITY_INFO ? LogLevel::kDebug
                                                                   : LogLevel::kTrace;
  logger->Log(level, "gRPC reports.", {{"report", args->message}, {"file", args->file}, {"line", args->line}});
}

void LogFromProtobuf(google::protobuf::LogLevel severity, const char* file, int line, const std::string& message) {
  Logger* logger = hooked_logger.load(std::memory_order_acquire);
  if (logger == nullptr) {
    return;
  }
  const LogLevel level = severity == google::protobuf::LOGLEVEL_INFO ? LogLevel::kDebug : LogLevel::kWarn;
  logger->Log(level, "Protobuf reports.", {{"report", message}, {"file", file}, {"line", line}});
}

// Abseil prints by itself, without allocating; it only lets us write what precedes the text.
bool TagAbseilLine(absl::LogSeverity severity, const char*, int, char** buffer, int* space) {
  const char* tag = severity >= absl::LogSeverity::kError ? "[ERROR] abseil: " : "[WARN] abseil: ";
  const int length = static_cast<int>(std::strlen(tag));
  if (*space > length) {
    std::memcpy(*buffer, tag, static_cast<size_t>(length));
    *buffer += length;
    *space -= length;
  }
  return severity >= absl::LogSeverity::kWarning;
}

}  // namespace

LibraryLogs::LibraryLogs(Logger& logger) {
  hooked_logger.store(&logger, std::memory_order_release);
  gpr_set_log_function(LogFromGrpc);
  google::protobuf::SetLogHandler(LogFromProtobuf);
  absl::raw_logging_internal::RegisterLogFilterAndPrefixHook(TagAbseilLine);
}

LibraryLogs::~LibraryLogs() { hooked_logger.store(nullptr, std::memory_order_release); }

}  // namespace bellwether
