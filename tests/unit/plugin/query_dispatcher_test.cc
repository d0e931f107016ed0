#include "server/plugin/dispatch/query_dispatcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <string>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"
#include "server/frame/arrow/arrow_file.h"
#include "server/frame/json/json_frame.h"
#include "tests/unit/plugin/fake_query_service.h"
#include "tests/unit/plugin/recording_logger.h"

namespace bellwether {
namespace {

QueryBatch Batch(const std::vector<std::string>& ref_ids) {
  QueryBatch batch;
  for (const std::string& ref_id : ref_ids) {
    BatchQuery query;
    query.request.ref_id = ref_id;
    batch.queries.push_back(query);
  }
  return batch;
}

// A dispatcher with a pool of two threads over a made-up query service.
struct Bench {
  explicit Bench(FakeQueryService::AnswerFunction answer, QueryDispatcher::Options options = {})
      : queries(std::move(answer)), dispatcher(queries, pool, barrier, options) {}

  BatchAnswer Ask(QueryBatch batch, Cancellation cancellation = {}) {
    BatchAnswer result;
    absl::Notification done;
    dispatcher.Dispatch(std::move(batch), std::move(cancellation), [&](BatchAnswer answer) {
      result = std::move(answer);
      done.Notify();
    });
    done.WaitForNotification();
    return result;
  }

  RecordingLogger logger;
  FaultBarrier barrier{logger, "1"};
  WorkerPool pool{{.threads_max = 2, .queue_max = 16}};
  FakeQueryService queries;
  QueryDispatcher dispatcher;
};

QueryAnswer Fails(const absl::Status& status) { return {.status = status, .frames = {}}; }

TEST(QueryDispatcherTest, AnswersEveryRefIdWithItsOwnStatus) {
  Bench bench([](const QueryRequest& request, const DataSourceSettings&, const Cancellation&) -> QueryAnswer {
    if (request.ref_id == "bad") {
      return Fails(BadQueryError("No analysis was given."));
    }
    if (request.ref_id == "down") {
      return Fails(WithOrigin(absl::UnavailableError("The upstream is away."), Origin::kDownstream));
    }
    if (request.ref_id == "throws") {
      throw std::runtime_error("inside");
    }
    if (request.ref_id == "memory") {
      throw std::bad_alloc();
    }
    return PointsAnswer(request.ref_id, 3);
  });
  const BatchAnswer answer = bench.Ask(Batch({"good", "bad", "down", "throws", "memory", ""}));
  ASSERT_EQ(answer.size(), 6u);
  EXPECT_EQ(answer.at("good").http_status, 200);
  EXPECT_EQ(answer.at("good").error, "");
  ASSERT_EQ(answer.at("good").frames.size(), 1u);
  EXPECT_EQ(DecodeArrow(answer.at("good").frames[0])->frame().name, "good");
  EXPECT_EQ(answer.at("").http_status, 200);
  EXPECT_EQ(answer.at("bad").http_status, 400);
  EXPECT_EQ(answer.at("bad").error, "No analysis was given.");
  EXPECT_EQ(answer.at("bad").origin, Origin::kDownstream);
  EXPECT_EQ(answer.at("down").http_status, 502);
  EXPECT_EQ(answer.at("down").origin, Origin::kDownstream);
  for (const char* ref_id : {"throws", "memory"}) {
    EXPECT_EQ(answer.at(ref_id).http_status, 500);
    EXPECT_EQ(answer.at(ref_id).origin, Origin::kPlugin);
    EXPECT_NE(answer.at(ref_id).error.find("reference"), std::string::npos);
    EXPECT_EQ(answer.at(ref_id).error.find("inside"), std::string::npos);
  }
  EXPECT_EQ(bench.logger.lines().size(), 2u);
}

TEST(QueryDispatcherTest, KeepsFramesThatAccompanyAnError) {
  Bench bench([](const QueryRequest&, const DataSourceSettings&, const Cancellation&) {
    QueryAnswer answer = PointsAnswer("partial", 2);
    answer.status = BadQueryError("One of two series is unknown.");
    return answer;
  });
  const BatchAnswer answer = bench.Ask(Batch({"A"}));
  EXPECT_EQ(answer.at("A").http_status, 400);
  EXPECT_EQ(answer.at("A").frames.size(), 1u);
}

TEST(QueryDispatcherTest, QueriesOfABatchRunAtTheSameTime) {
  // Both queries wait for each other; one after the other would never end.
  auto* meeting = new absl::Barrier(2);
  Bench bench([meeting](const QueryRequest& request, const DataSourceSettings&, const Cancellation&) {
    if (meeting->Block()) {
      delete meeting;
    }
    return PointsAnswer(request.ref_id, 1);
  });
  EXPECT_EQ(bench.Ask(Batch({"A", "B"})).size(), 2u);
}

TEST(QueryDispatcherTest, RefusesRefIdsThatAreNotUnique) {
  std::atomic<int> ran = 0;
  Bench bench([&ran](const QueryRequest& request, const DataSourceSettings&, const Cancellation&) {
    ++ran;
    return PointsAnswer(request.ref_id, 1);
  });
  const BatchAnswer answer = bench.Ask(Batch({"A", "B", "A"}));
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_EQ(answer.at("A").http_status, 400);
  EXPECT_NE(answer.at("A").error.find("\"A\""), std::string::npos);
  EXPECT_EQ(answer.at("B").http_status, 200);
  EXPECT_EQ(ran, 1);
}

TEST(QueryDispatcherTest, RefusesQueriesPastTheBound) {
  Bench bench([](const QueryRequest& request, const DataSourceSettings&,
                 const Cancellation&) { return PointsAnswer(request.ref_id, 1); },
              {.queries_max = 2, .concurrent_max = 2});
  const BatchAnswer answer = bench.Ask(Batch({"A", "B", "C", "D"}));
  ASSERT_EQ(answer.size(), 4u);
  EXPECT_EQ(answer.at("B").http_status, 200);
  EXPECT_EQ(answer.at("C").http_status, 400);
  EXPECT_NE(answer.at("D").error.find("4 queries"), std::string::npos);
}

TEST(QueryDispatcherTest, AnswersAnEmptyBatch) {
  Bench bench([](const QueryRequest&, const DataSourceSettings&, const Cancellation&) { return QueryAnswer(); });
  EXPECT_TRUE(bench.Ask(QueryBatch()).empty());
}

TEST(QueryDispatcherTest, DoesNotStartQueriesOfACallerWhoHasGone) {
  std::atomic<int> ran = 0;
  std::atomic<bool> gone = false;
  Bench bench(
      [&](const QueryRequest&, const DataSourceSettings&, const Cancellation& cancellation) {
        ++ran;
        gone = true;
        return Fails(cancellation.Check());
      },
      {.queries_max = 100, .concurrent_max = 1});
  const BatchAnswer answer = bench.Ask(Batch({"A", "B", "C"}), Cancellation([&gone] { return gone.load(); }));
  EXPECT_EQ(ran, 1);
  ASSERT_EQ(answer.size(), 3u);
  EXPECT_EQ(answer.at("C").http_status, 499);
}

TEST(QueryDispatcherTest, SaysThatItIsBusyWhenTheQueueIsFull) {
  absl::Notification release;
  Bench bench([](const QueryRequest& request, const DataSourceSettings&, const Cancellation&) {
    return PointsAnswer(request.ref_id, 1);
  });
  while (bench.pool.Submit([&release] { release.WaitForNotification(); })) {
  }
  const BatchAnswer answer = bench.Ask(Batch({"A", "B"}));
  EXPECT_EQ(answer.at("A").http_status, 429);
  EXPECT_EQ(answer.at("B").http_status, 429);
  release.Notify();
}

TEST(QueryDispatcherTest, EncodesJsonWhenAskedTo) {
  Bench bench([](const QueryRequest& request, const DataSourceSettings&, const Cancellation&) {
    return PointsAnswer(request.ref_id, 2);
  });
  QueryBatch batch = Batch({"A"});
  batch.format = FrameFormat::kJson;
  const BatchAnswer answer = bench.Ask(std::move(batch));
  EXPECT_EQ(answer.at("A").format, FrameFormat::kJson);
  ASSERT_EQ(answer.at("A").frames.size(), 1u);
  EXPECT_EQ(DecodeJsonFrame(answer.at("A").frames[0])->rows(), 2u);
}

TEST(QueryDispatcherTest, UnusableSettingsFailEveryQuery) {
  Bench bench([](const QueryRequest& request, const DataSourceSettings&, const Cancellation&) {
    return PointsAnswer(request.ref_id, 2);
  });
  QueryBatch batch = Batch({"A", "B"});
  batch.context.data_source.emplace().json_data = "{broken";
  const BatchAnswer answer = bench.Ask(std::move(batch));
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_EQ(answer.at("A").http_status, 400);
  EXPECT_EQ(answer.at("B").origin, Origin::kDownstream);
}

}  // namespace
}  // namespace bellwether
