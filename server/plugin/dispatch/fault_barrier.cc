#include "server/plugin/dispatch/fault_barrier.h"

namespace bellwether {

std::string FaultBarrier::Report(std::string_view task, std::string_view cause) {
  const std::string reference = process_tag_ + "-" + std::to_string(++faults_);
  logger_.Error("A call failed inside Bellwether.", {{"reference", reference}, {"task", task}, {"cause", cause}});
  return "Bellwether failed unexpectedly. Its log (logger plugin.bellwether-datasource) holds the cause under the "
         "reference " +
         reference + "; please report it.";
}

}  // namespace bellwether
