#include "server/query/exec/series_pass.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

std::string LateText(const SeriesPass& pass, std::string_view verb) {
  const size_t done = pass.wanted - pass.late;
  return Concat("Only ", done, " of ", pass.wanted, " ", pass.what, done == 1 ? " was " : " were ", verb,
                " in the time there was. Filter by labels, set a longer interval or a shorter history to have all.");
}

// Looks at the series `which`, `size` at a time.
absl::StatusOr<SeriesPass> Pass(const AnswerContext& context, std::span<const size_t> which, std::string_view verb,
                                std::string_view what, size_t size,
                                const std::function<void(std::span<const size_t>)>& task) {
  SeriesPass pass;
  pass.what = what;
  pass.done.assign(context.input.series.size(), 0);
  pass.wanted = which.size();
  const auto may_go_on = [&context]() -> absl::Status {
    if (absl::Status status = context.cancellation.Check(); !status.ok()) {
      return status;
    }
    return context.clock.Now() < context.deadline ? absl::OkStatus() : absl::DeadlineExceededError("late");
  };
  const absl::Status stopped =
      context.workers.Run((which.size() + size - 1) / size,
                          [&](size_t group) {
                            const auto some = which.subspan(group * size, std::min(size, which.size() - group * size));
                            task(some);
                            for (const size_t i : some) {
                              pass.done[i] = 1;
                            }
                          },
                          may_go_on);
  // A task may itself have stopped halfway because the caller went away.
  if (absl::Status status = context.cancellation.Check(); !status.ok()) {
    return status;
  }
  for (const size_t i : which) {
    pass.late += pass.done[i] == 0 ? 1 : 0;
  }
  if (pass.late > 0 && (context.request.from_alert || pass.late == pass.wanted)) {
    return WithOrigin(absl::DeadlineExceededError(LateText(pass, verb)), Origin::kDownstream);
  }
  if (!stopped.ok() && !absl::IsDeadlineExceeded(stopped)) {
    return stopped;
  }
  return pass;
}

std::vector<size_t> AllSeries(const AnswerContext& context) {
  std::vector<size_t> all(context.input.series.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

}  // namespace

absl::StatusOr<SeriesPass> ForEachSeries(const AnswerContext& context, std::string_view verb,
                                         const std::function<void(size_t)>& task) {
  return ForEachSeries(context, AllSeries(context), verb, task);
}

absl::StatusOr<SeriesPass> ForEachSeries(const AnswerContext& context, std::span<const size_t> which,
                                         std::string_view verb, const std::function<void(size_t)>& task,
                                         std::string_view what) {
  return Pass(context, which, verb, what, 1, [&](std::span<const size_t> one) { task(one.front()); });
}

absl::StatusOr<SeriesPass> ForSeriesGroups(const AnswerContext& context, std::string_view verb, size_t size,
                                           const std::function<void(std::span<const size_t>)>& task) {
  // Groups small enough that every worker has one.
  const size_t count = context.input.series.size();
  const size_t workers = context.workers.threads();
  return Pass(context, AllSeries(context), verb, "series", std::clamp<size_t>((count + workers - 1) / workers, 1, size),
              task);
}

void AddLateNotice(const SeriesPass& pass, std::string_view verb, Frame& frame) {
  if (pass.late > 0) {
    frame.meta.notices.push_back({NoticeSeverity::kWarning, LateText(pass, verb)});
  }
}

}  // namespace bellwether
