#include "server/plugin/dispatch/query_dispatcher.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/frame/arrow/arrow_file.h"
#include "server/frame/json/json_frame.h"

namespace bellwether {
namespace {

// Why `query`, the one at `index` that asks for a refId `times` times asked for, is not run; OK when it is.
absl::Status Admission(size_t index, size_t queries_max, size_t queries, const std::string& ref_id, size_t times) {
  if (times > 1) {
    return BadQueryError("Several queries of this request have the refId \"" + ref_id +
                         "\". Give each query a refId of its own.");
  }
  if (index >= queries_max) {
    return BadQueryError("The request holds " + std::to_string(queries) + " queries, of which the first " +
                         std::to_string(queries_max) + " are answered. Spread the others over several panels.");
  }
  return absl::OkStatus();
}

}  // namespace

EncodedAnswer FailedAnswer(const absl::Status& status, FrameFormat format) {
  EncodedAnswer answer;
  answer.format = format;
  answer.error =
      status.message().empty() ? "The query failed (" + status.ToString() + ")." : std::string(status.message());
  answer.http_status = HttpStatusOf(status);
  answer.origin = OriginOf(status);
  return answer;
}

EncodedAnswer AnswerQuery(const QueryService& queries, const QueryRequest& request, const DataSourceSettings& settings,
                          FrameFormat format, const Cancellation& cancellation) {
  QueryAnswer found = queries.Answer(request, settings, cancellation);
  EncodedAnswer answer;
  if (!found.status.ok()) {
    answer = FailedAnswer(found.status, format);
  }
  answer.format = format;
  answer.frames.reserve(found.frames.size());
  for (const CheckedFrame& frame : found.frames) {
    answer.frames.push_back(format == FrameFormat::kJson ? EncodeJsonFrame(frame) : EncodeArrow(frame));
  }
  return answer;
}

// A batch on its way, shared by the threads that work on it; the last one to finish reports.
struct QueryDispatcher::Run {
  const QueryService& queries;
  FaultBarrier& barrier;
  QueryBatch batch;
  DataSourceSettings settings;
  Cancellation cancellation;
  std::function<void(BatchAnswer)> done;
  std::vector<size_t> admitted;        // indices into batch.queries
  std::vector<EncodedAnswer> answers;  // of the admitted ones, each written by one thread
  BatchAnswer refused;
  std::atomic<size_t> next{0};
  std::atomic<size_t> remaining{0};

  void Finish() {
    BatchAnswer all = std::move(refused);
    for (size_t i = 0; i < admitted.size(); ++i) {
      all[batch.queries[admitted[i]].request.ref_id] = std::move(answers[i]);
    }
    done(std::move(all));
  }
};

QueryDispatcher::QueryDispatcher(const QueryService& queries, WorkerPool& pool, FaultBarrier& barrier, Options options)
    : queries_(queries), pool_(pool), barrier_(barrier), options_(options) {}

void QueryDispatcher::Work(Run& run) {
  for (size_t i = run.next++; i < run.admitted.size(); i = run.next++) {
    const QueryRequest& request = run.batch.queries[run.admitted[i]].request;
    const FrameFormat format = run.batch.format;
    if (const absl::Status waiting = run.cancellation.Check(); !waiting.ok()) {
      run.answers[i] = FailedAnswer(waiting, format);
    } else {
      const std::string fault = run.barrier.Run(
          "query", [&] { run.answers[i] = AnswerQuery(run.queries, request, run.settings, format, run.cancellation); });
      if (!fault.empty()) {
        run.answers[i] = FailedAnswer(WithOrigin(absl::InternalError(fault), Origin::kPlugin), format);
      }
    }
    if (--run.remaining == 0) {
      run.Finish();
    }
  }
}

void QueryDispatcher::Dispatch(QueryBatch batch, Cancellation cancellation,
                               std::function<void(BatchAnswer)> done) const {
  const absl::StatusOr<DataSourceSettings> settings = DataSourceSettings::Parse(batch.context.json_data());
  auto run = std::make_shared<Run>(queries_, barrier_, std::move(batch), settings.value_or(DataSourceSettings{}),
                                   std::move(cancellation), std::move(done));
  const std::vector<BatchQuery>& queries = run->batch.queries;
  const FrameFormat format = run->batch.format;

  std::map<std::string_view, size_t> times;
  for (const BatchQuery& query : queries) {
    ++times[query.request.ref_id];
  }
  for (size_t i = 0; i < queries.size(); ++i) {
    const std::string& ref_id = queries[i].request.ref_id;
    const absl::Status admission = settings.ok()
                                       ? Admission(i, options_.queries_max, queries.size(), ref_id, times[ref_id])
                                       : WithOrigin(settings.status(), Origin::kDownstream);
    if (admission.ok()) {
      run->admitted.push_back(i);
    } else {
      run->refused.insert_or_assign(ref_id, FailedAnswer(admission, format));
    }
  }
  run->answers.resize(run->admitted.size());
  run->remaining = run->admitted.size();
  if (run->admitted.empty()) {
    run->Finish();
    return;
  }

  const size_t concurrent =
      std::min({run->admitted.size(), std::max<size_t>(options_.concurrent_max, 1), pool_.threads_max()});
  size_t started = 0;
  while (started < concurrent && pool_.Submit([run] { Work(*run); })) {
    ++started;
  }
  if (started == 0) {
    const absl::Status busy = WithOrigin(
        absl::ResourceExhaustedError("Bellwether has too many queries waiting. Try again in a moment, or let the "
                                     "dashboard refresh less often."),
        Origin::kPlugin);
    std::fill(run->answers.begin(), run->answers.end(), FailedAnswer(busy, format));
    run->Finish();
  }
}

}  // namespace bellwether
