// Server streams end to end: order, back-pressure, readers that go or stop.
#include <thread>

#include "gmock/gmock.h"
#include "libs/rpc/echo_test_server.h"

namespace redress {
namespace {

CountRequest Counting(uint32_t count, uint32_t size = 0) {
  CountRequest request;
  request.set_count(count);
  request.set_size(size);
  return request;
}

TEST_F(RpcTest, AStreamArrivesWholeAndInOrder) {
  Start();
  const auto stream = channel_->OpenStream(kCount, Counting(1000, 100));
  CountResponse response;
  uint32_t expected = 0;
  while (stream->Read(&response)) EXPECT_EQ(response.number(), ++expected);
  EXPECT_EQ(expected, 1000u);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(RpcTest, AStreamEndsWithItsError) {
  count_ = [](const CallContext&, const CountRequest&, StreamWriter<CountResponse> writer) {
    EXPECT_EQ(writer.Write(CountResponse()), WriteResult::kQueued);
    writer.Finish(InvalidField("resume_token", "is not one of ours"));
    EXPECT_EQ(writer.Write(CountResponse()), WriteResult::kClosed);
  };
  Start();
  const auto stream = channel_->OpenStream(kCount, Counting(1));
  CountResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(FieldViolationsOf(stream->Finish())[0].field, "resume_token");
}

TEST_F(RpcTest, ADroppedStreamEndsUnavailable) {
  count_ = [](const CallContext&, const CountRequest&, StreamWriter<CountResponse> writer) {
    EXPECT_EQ(writer.Write(CountResponse()), WriteResult::kQueued);
  };
  Start();
  const auto stream = channel_->OpenStream(kCount, Counting(1));
  CountResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RpcTest, ASlowReaderFillsABoundedQueueAndLosesNothing) {
  Awaited<bool> full;
  count_ = [&full](const CallContext&, const CountRequest& request,
                   StreamWriter<CountResponse> writer) {
    auto counter = std::make_shared<Counter>(request, writer);
    counter->Begin();
    // 20 MiB do not fit into queue and flow-control windows: the producer had to stop.
    full.Set(writer.Write(CountResponse()) == WriteResult::kFull);
  };
  Start({.limits = {.stream_queue_messages = 4, .stream_queue_bytes = 64 << 10}});
  const auto stream = channel_->OpenStream(kCount, Counting(2000, 10'000));
  EXPECT_TRUE(full.Take());
  CountResponse response;
  uint32_t expected = 0;
  while (stream->Read(&response)) EXPECT_EQ(response.number(), ++expected);
  EXPECT_EQ(expected, 2000u);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(RpcTest, AReaderThatStopsReadingIsCutOff) {
  Awaited<absl::StatusCode> ended;
  Start({.limits = {.slow_reader_timeout = absl::Milliseconds(50)},
         .observer = [&ended](const CallEnd& end) { ended.Set(end.code); }});
  const auto stream = channel_->OpenStream(kCount, Counting(1'000'000, 100'000));
  EXPECT_EQ(ended.Take(), absl::StatusCode::kCancelled);
  CountResponse response;
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kCancelled);
}

TEST_F(RpcTest, AProducerIsWokenWhenItsReaderHasGone) {
  Awaited<bool> opened;
  // Shared: a wake may come more than once, also when the test has gone.
  const auto closed = std::make_shared<Awaited<bool>>();
  count_ = [&opened, closed](const CallContext&, const CountRequest&,
                             StreamWriter<CountResponse> writer) {
    writer.SetWake([closed, writer] { closed->Set(writer.closed()); });
    opened.Set(true);
  };
  Start();
  const auto stream = channel_->OpenStream(kCount, Counting(1));
  opened.Take();
  stream->Cancel();
  CountResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(closed->Take());
}

TEST_F(RpcTest, StreamsAreBounded) {
  Awaited<StreamWriter<CountResponse>> writers;
  count_ = [&writers](const CallContext&, const CountRequest&, StreamWriter<CountResponse> writer) {
    writers.Set(std::move(writer));
  };
  Start({.limits = {.max_streams = 1}});
  const auto first = channel_->OpenStream(kCount, Counting(1));
  auto writer = std::make_optional(writers.Take());
  const auto second = channel_->OpenStream(kCount, Counting(1));
  CountResponse response;
  EXPECT_FALSE(second->Read(&response));
  EXPECT_EQ(ReasonOf(second->Finish()), "TOO_MANY_STREAMS");
  writer.reset();
}

TEST_F(RpcTest, OneCallerDoesNotGetAllStreams) {
  Awaited<StreamWriter<CountResponse>> writers;
  count_ = [&writers](const CallContext&, const CountRequest&, StreamWriter<CountResponse> writer) {
    writers.Set(std::move(writer));
  };
  Start({.limits = {.max_streams = 100, .max_streams_per_caller = 1}});
  const auto first = channel_->OpenStream(kCount, Counting(1));
  auto writer = std::make_optional(writers.Take());
  const auto second = channel_->OpenStream(kCount, Counting(1));
  CountResponse response;
  EXPECT_FALSE(second->Read(&response));
  const absl::Status refused = second->Finish();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "TOO_MANY_STREAMS");
  writer.reset();
}

TEST_F(RpcTest, DrainingEndsStreams) {
  Awaited<StreamWriter<CountResponse>> writers;
  count_ = [&writers](const CallContext&, const CountRequest&, StreamWriter<CountResponse> writer) {
    writers.Set(std::move(writer));
  };
  Start();
  const auto stream = channel_->OpenStream(kCount, Counting(1));
  const StreamWriter<CountResponse> writer = writers.Take();
  ASSERT_EQ(writer.Write(CountResponse()), WriteResult::kQueued);
  server_->Drain(absl::Seconds(60));
  CountResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(ReasonOf(stream->Finish()), "DRAINING");
  EXPECT_EQ(writer.Write(CountResponse()), WriteResult::kClosed);
}

}  // namespace
}  // namespace redress
