#pragma once

#include <csignal>

#include "server/plugin/lifetime/stop_request.h"

namespace bellwether {

/// While it lives: SIGTERM raises `stop`, SIGPIPE is ignored, and SIGINT is ignored in a plugin (a terminal's ^C
/// reaches the whole process group, and the host decides when its plugins end) or raises `stop` otherwise. The former
/// dispositions come back at the end. At most one object may exist at a time.
class ProcessSignals {
 public:
  enum class Interrupt { kIgnored, kStops };

  /// `stop` must outlive this object.
  ProcessSignals(StopRequest& stop, Interrupt interrupt);
  ~ProcessSignals();
  ProcessSignals(const ProcessSignals&) = delete;
  ProcessSignals& operator=(const ProcessSignals&) = delete;

 private:
  struct sigaction former_term_ {};
  struct sigaction former_interrupt_ {};
  struct sigaction former_pipe_ {};
};

}  // namespace bellwether
