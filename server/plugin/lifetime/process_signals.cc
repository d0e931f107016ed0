#include "server/plugin/lifetime/process_signals.h"

#include <atomic>

namespace bellwether {
namespace {

// A signal handler has no user argument.
std::atomic<StopRequest*> signalled_stop = nullptr;

void RaiseStop(int) {
  if (StopRequest* stop = signalled_stop.load(std::memory_order_acquire); stop != nullptr) {
    stop->Raise();
  }
}

void Install(int signal_number, void (*handler)(int), struct sigaction& former) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal_number, &action, &former);
}

}  // namespace

ProcessSignals::ProcessSignals(StopRequest& stop, Interrupt interrupt) {
  signalled_stop.store(&stop, std::memory_order_release);
  Install(SIGTERM, RaiseStop, former_term_);
  Install(SIGINT, interrupt == Interrupt::kIgnored ? SIG_IGN : RaiseStop, former_interrupt_);
  Install(SIGPIPE, SIG_IGN, former_pipe_);
}

ProcessSignals::~ProcessSignals() {
  sigaction(SIGTERM, &former_term_, nullptr);
  sigaction(SIGINT, &former_interrupt_, nullptr);
  sigaction(SIGPIPE, &former_pipe_, nullptr);
  signalled_stop.store(nullptr, std::memory_order_release);
}

}  // namespace bellwether
