// How much of what is injected into series without anomalies a detector finds at an affordable rate of false alarms,
// and whether it keeps its budget. See README.md.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "nlohmann/json.hpp"
#include "server/analytics/series/robust.h"
#include "tests/bench/injected/budget.h"
#include "tests/bench/injected/host_recorder.h"
#include "tests/bench/injected/power.h"

namespace bellwether::injected {
namespace {

struct Arguments {
  std::string set = "choose";
  std::string carriers;
  std::string host;
  double host_step_seconds = 0;
  std::vector<std::string> methods = {"auto", "rolling-zscore", "isolation-forest"};
  double budget = 1;
  size_t replicas = 6;
  size_t series = 1000;
  double gap_hours = kGapHours;
  uint64_t seed = 1;
  size_t jobs = std::max(1u, std::thread::hardware_concurrency());
  bool courses = false;
  bool troubled = false;
  std::string json;
  std::string events;
  size_t seconds = 6000;
  double step = 1;
  std::string output;
};

/// What the headline names, and the injections that count for it.
const std::vector<std::pair<const char*, std::vector<const char*>>>& Headlines() {
  static const auto* const headlines = new std::vector<std::pair<const char*, std::vector<const char*>>>{
      {"spikes of 4 spreads", {"spike of 4, 1 row"}},
      {"shifts of 2 spreads for 2 h", {"shift of 2, 2 h"}},
      {"variance halved or doubled for 6 h", {"variance x 2, 6 h", "variance x 1/2, 6 h"}},
      {"phase moved by a third of the day", {"phase by 1/3, 1 d"}},
  };
  return *headlines;
}

double PowerOf(const PowerReport& report, const std::vector<const char*>& injections) {
  size_t hits = 0;
  size_t cases = 0;
  for (const char* injection : injections) {
    if (const auto found = report.by_injection.find(injection); found != report.by_injection.end()) {
      hits += found->second.by_week;
      cases += found->second.cases;
    }
  }
  return cases > 0 ? static_cast<double>(hits) / static_cast<double>(cases) : 0;
}

void PrintTable(const char* what, const std::map<std::string, Count>& counts) {
  std::printf("%-24s %6s  %-20s %7s %7s %8s\n", what, "cases", "at 1 a week (95 %)", "7 a wk", "as is", "delay");
  for (const auto& [name, count] : counts) {
    const Interval interval = WilsonInterval(count.by_week, count.cases);
    const auto share = [&](size_t hits) { return static_cast<double>(hits) / static_cast<double>(count.cases); };
    std::printf("%-24s %6zu  %.2f (%.2f to %.2f)  %7.2f %7.2f %8.0f\n", name.c_str(), count.cases, count.Power(),
                interval.low, interval.high, share(count.by_day), share(count.as_is), Median(count.delays));
  }
}

/// `what` is said of the incidents.
void PrintFalse(const std::map<std::string, FalseIncidents>& by_kind, const char* what) {
  std::printf("%-40s %8s %8s %8s  %s\n", "carrier and step", "weeks", "false", "a week", what);
  for (const auto& [kind, found] : by_kind) {
    std::printf("%-40s %8.1f %8zu %8.2f\n", kind.c_str(), found.weeks, found.incidents, found.PerWeek());
  }
}

nlohmann::json ToJson(const PowerReport& report) {
  nlohmann::json out = {{"mean_by_week", report.mean_by_week},
                        {"mean_by_day", report.mean_by_day},
                        {"mean_as_is", report.mean_as_is},
                        {"false_alarms_per_week", report.false_alarms_per_week},
                        {"weeks", report.weeks},
                        {"cases", report.cases}};
  for (const auto& [name, count] : report.by_injection) {
    out["power"][name] = {
        {"cases", count.cases}, {"by_week", count.by_week}, {"by_day", count.by_day}, {"as_is", count.as_is}};
  }
  return out;
}

/// The events of the first method as a table.
void WriteEvents(const std::string& path, const PowerReport& report) {
  std::ofstream file(path);
  file << "carrier;injection;score;threshold;as_is\n";
  for (const EventResult& event : report.events) {
    file << event.carrier << ';' << event.injection << ';' << event.score << ';' << event.threshold << ';'
         << event.as_is << '\n';
  }
}

Set SetOf(const Arguments& arguments) { return arguments.set == "confirm" ? Set::kConfirm : Set::kChoose; }

/// The carriers asked for; none where the folder with a recording is empty.
std::vector<Carrier> CarriersOf(const Arguments& arguments) {
  const Set set = SetOf(arguments);
  std::vector<Carrier> carriers = GeneratedCarriers(set, arguments.replicas);
  for (Carrier& carrier : DemoCarriers(set)) {
    carriers.push_back(std::move(carrier));
  }
  if (!arguments.carriers.empty()) {
    for (Carrier& carrier : FileCarriers(arguments.carriers, set)) {
      carriers.push_back(std::move(carrier));
    }
  }
  if (!arguments.host.empty()) {
    const auto step_ns = static_cast<int64_t>(arguments.host_step_seconds * 1e9);
    std::vector<Carrier> host = HostCarriers(arguments.host, set, {.copies = 4, .row_step_ns = step_ns});
    if (host.empty()) {
      std::fprintf(stderr,
                   "%s holds no recording of 400 rows or more. Make one with: injected_bench record --output %s\n",
                   arguments.host.c_str(), arguments.host.c_str());
      return {};
    }
    std::move(host.begin(), host.end(), std::back_inserter(carriers));
  }
  return carriers;
}

int RunAlarms(const Arguments& arguments) {
  std::vector<Carrier> carriers = CarriersOf(arguments);
  if (carriers.empty()) {
    return 2;
  }
  std::vector<Carrier> states = StateCarriers(SetOf(arguments), arguments.replicas);
  std::move(states.begin(), states.end(), std::back_inserter(carriers));
  for (const std::string& method : arguments.methods) {
    const auto scorer = MakeScorer(method, arguments.budget);
    if (!scorer.ok()) {
      std::fprintf(stderr, "%s\n", std::string(scorer.status().message()).c_str());
      return 2;
    }
    std::printf("== %s at %g a week\n", method.c_str(), arguments.budget);
    PrintFalse(MeasureOwnAlarms(carriers, *scorer, arguments.jobs), "by its own decision");
  }
  return 0;
}

int RunPower(const Arguments& arguments) {
  const std::vector<Carrier> carriers = arguments.courses    ? CourseCarriers(SetOf(arguments), arguments.replicas)
                                        : arguments.troubled ? TroubledCarriers(SetOf(arguments), arguments.replicas)
                                                             : CarriersOf(arguments);
  if (carriers.empty()) {
    return 2;
  }
  std::vector<PowerReport> reports;
  nlohmann::json json;
  for (const std::string& method : arguments.methods) {
    const auto scorer = MakeScorer(method, arguments.budget);
    if (!scorer.ok()) {
      std::fprintf(stderr, "%s\n", std::string(scorer.status().message()).c_str());
      return 2;
    }
    reports.push_back(MeasurePower(carriers, *scorer, arguments.seed, arguments.jobs, arguments.gap_hours));
    const PowerReport& report = reports.back();
    std::printf(
        "== %s: %zu carriers, %.0f weeks, %zu cases; mean power %.3f at 1 false incident a series-week, %.3f at 7; "
        "as is %.3f at %.2f a week\n",
        method.c_str(), carriers.size(), report.weeks, report.cases, report.mean_by_week, report.mean_by_day,
        report.mean_as_is, report.false_alarms_per_week);
    PrintTable("injected", report.by_injection);
    PrintTable("carrier", report.by_carrier);
    PrintTable("step", report.by_step);
    PrintFalse(report.by_false, "at the threshold of one a week");
    json[method] = ToJson(report);
  }
  std::printf("\n%-36s", "power at 1 a series-week");
  for (const std::string& method : arguments.methods) {
    std::printf(" %16s", method.c_str());
  }
  std::printf("   first / best of the others\n");
  for (const auto& [name, injections] : Headlines()) {
    std::printf("%-36s", name);
    double others = 0;
    for (size_t k = 0; k < reports.size(); ++k) {
      const double power = PowerOf(reports[k], injections);
      others = k > 0 ? std::max(others, power) : others;
      std::printf(" %16.3f", power);
    }
    std::printf("   %.2f\n", others > 0 ? PowerOf(reports[0], injections) / others : 0.0);
  }
  if (!arguments.events.empty()) {
    WriteEvents(arguments.events, reports.front());
  }
  if (!arguments.json.empty()) {
    std::ofstream(arguments.json) << json.dump(1) << '\n';
  }
  return 0;
}

int RunRecord(const Arguments& arguments) {
  const auto rows = static_cast<size_t>(static_cast<double>(arguments.seconds) / arguments.step);
  const absl::Status status = RecordHost(arguments.output, rows, absl::Seconds(arguments.step));
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}

int RunBudget(const Arguments& arguments) {
  std::printf("%-18s %10s %8s %8s %12s\n", "stream", "a week", "ratio", "+-", "second half");
  for (const BudgetResult& result : MeasureBudgets(arguments.methods.front(), arguments.series, arguments.jobs)) {
    std::printf("%-18s %10.3f %8.2f %8.2f %12.2f\n", result.stream.c_str(), result.promised, result.ratio, result.error,
                result.late);
  }
  return 0;
}

int Run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Power at a fixed rate of false alarms, and budgets kept");
  app.require_subcommand(1);
  CLI::App* power = app.add_subcommand("power", "Inject anomalies and count those found");
  CLI::App* alarms = app.add_subcommand("alarms", "Count each method's own alarms on untouched carriers, by kind");
  for (CLI::App* command : {power, alarms}) {
    command->add_option("--set", arguments.set)->check(CLI::IsMember({"choose", "confirm"}))->capture_default_str();
    command->add_option("--carriers", arguments.carriers, "benchmark folder with ops, nab and m4");
    command->add_option("--host", arguments.host, "folder with a recording of a machine");
    command
        ->add_option("--host-step", arguments.host_step_seconds, "take the recorded rows to be so many seconds apart")
        ->check(CLI::Range(1.0, 86'400.0));
    command->add_option("--replicas", arguments.replicas, "generated series of each kind and step")
        ->capture_default_str();
    command->add_option("--budget", arguments.budget, "false alarms a series and week of the methods' own decisions")
        ->capture_default_str();
  }
  power->add_option("--gap-hours", arguments.gap_hours, "least time between the events of a series")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 1000.0));
  CLI::Option* courses = power->add_flag("--courses", arguments.courses,
                                         "lines that rise and jobs by the clock in place of all other series");
  power
      ->add_flag("--troubled", arguments.troubled,
                 "generated series with incidents of their own in place of all others")
      ->excludes(courses);
  for (const char* other : {"--carriers", "--host"}) {
    power->get_option(other)->excludes(courses)->excludes(power->get_option("--troubled"));
  }
  power->add_option("--seed", arguments.seed)->capture_default_str();
  power->add_option("--json", arguments.json, "write the counts to this file");
  power->add_option("--events", arguments.events, "write each event of the first method to this file");
  CLI::App* budget = app.add_subcommand("budget", "Count the alarms on streams of known law");
  budget->add_option("--series", arguments.series, "of each stream")->capture_default_str();
  CLI::App* record = app.add_subcommand("record", "Write this machine's metrics to a folder, to inject into later");
  record->add_option("--seconds", arguments.seconds, "how long")
      ->capture_default_str()
      ->check(CLI::Range(1, 31'536'000));
  record->add_option("--step", arguments.step, "seconds between readings")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 3600.0));
  record->add_option("--output", arguments.output, "folder, made if need be")->required();
  for (CLI::App* command : {power, alarms, budget}) {
    command->add_option("--method", arguments.methods, "auto, batch, rolling-zscore, isolation-forest")
        ->capture_default_str();
    command->add_option("--jobs", arguments.jobs)->capture_default_str();
  }
  CLI11_PARSE(app, argc, argv);
  return record->parsed()   ? RunRecord(arguments)
         : alarms->parsed() ? RunAlarms(arguments)
         : power->parsed()  ? RunPower(arguments)
                            : RunBudget(arguments);
}

}  // namespace
}  // namespace bellwether::injected

int main(int argc, char** argv) { return bellwether::injected::Run(argc, argv); }
