#include "server/app/cli/demo_command.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "server/app/backend.h"
#include "server/app/cli/number_range.h"
#include "server/app/page/demo_page.h"
#include "server/app/version.h"

namespace bellwether {
namespace {

struct DemoArguments {
  std::string output = "bellwether-demo.html";
  double sample_seconds = 10;
};

// Lets the host be sampled for a while, so that its graphs have points.
void WaitForSamples(double seconds, CommandContext& context) {
  const absl::Time until = absl::Now() + absl::Seconds(seconds);
  while (absl::Now() < until) {
    if (context.err_is_terminal) {
      context.err << "\rSampling this host: " << absl::ToInt64Seconds(until - absl::Now()) + 1 << " s left "
                  << std::flush;
    }
    absl::SleepFor(std::min(absl::Seconds(1), until - absl::Now()));
  }
  if (context.err_is_terminal) {
    context.err << "\r\x1b[K" << std::flush;
  }
}

void RunDemo(const DemoArguments& arguments, CommandContext& context) {
  if (!std::isfinite(arguments.sample_seconds)) {
    return context.Fail(kExitUsage, "--sample-seconds must be a number between 0 and 600.");
  }
  BackendOptions options;
  options.system_sample_interval = absl::Milliseconds(250);
  options.system_slot = absl::Milliseconds(500);
  const std::unique_ptr<Backend> backend = Backend::Create(options);
  WaitForSamples(arguments.sample_seconds, context);
  const absl::StatusOr<std::string> page =
      BuildDemoPage(backend->service(), backend->clock(), kVersion, [&](std::string_view title) {
        if (context.err_is_terminal) {
          context.err << "\r\x1b[K" << title << std::flush;
        }
      });
  if (context.err_is_terminal) {
    context.err << "\r\x1b[K" << std::flush;
  }
  if (!page.ok()) {
    return context.Fail(kExitFailed, std::string(page.status().message()));
  }
  if (arguments.output == "-") {
    context.out << *page << std::flush;
    return;
  }
  std::ofstream file(arguments.output, std::ios::binary | std::ios::trunc);
  file << *page << std::flush;
  if (!file) {
    return context.Fail(kExitFailed,
                        "The page could not be written to " + arguments.output +
                            ". Check that the folder exists and can be written, or give another --output.");
  }
  context.out << "Wrote " << arguments.output << " (" << page->size() / 1024
              << " kB). Open it in a browser; it needs no network.\n";
}

}  // namespace

void AddDemoCommand(CLI::App& app, CommandContext& context) {
  CLI::App* const command = app.add_subcommand("demo", "Write a page with charts of the demo data and of this host");
  const auto arguments = std::make_shared<DemoArguments>();
  command->add_option("--output,-o", arguments->output, "The HTML file to write, - for standard output")
      ->capture_default_str();
  command->add_option("--sample-seconds", arguments->sample_seconds, "How long to sample this host first")
      ->check(NumberIn(0, 600))
      ->capture_default_str();
  command->footer("Example: bellwether demo --output demo.html");
  command->callback([arguments, &context] { RunDemo(*arguments, context); });
}

}  // namespace bellwether
