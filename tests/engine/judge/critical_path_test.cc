#include "engine/judge/critical_path.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

Instant at(int ms) { return proxy::kStart + std::chrono::milliseconds(ms); }

Span span(std::uint32_t parent, SpanKind kind, int from, int to, ServiceIndex service = 0) {
  Span made;
  made.parent = parent;
  made.kind = kind;
  made.from = at(from);
  made.to = at(to);
  made.service = service;
  return made;
}

/// "span:from-to ..." in ms.
std::string path_of(const Trace& trace) {
  std::string text;
  for (const CriticalPiece& piece : critical_path(trace)) {
    text += (text.empty() ? "" : " ") + std::to_string(piece.span) + ':' +
            std::to_string((piece.from - proxy::kStart) / 1ms) + '-' +
            std::to_string((piece.to - proxy::kStart) / 1ms);
  }
  return text;
}

TEST(CriticalPathTest, GapsBetweenChildrenBelongToTheParent) {
  Trace trace;
  trace.spans = {span(kNone, SpanKind::kClient, 0, 100), span(0, SpanKind::kInbound, 10, 90),
                 span(1, SpanKind::kApplication, 20, 80)};

  EXPECT_EQ(path_of(trace), "0:0-10 1:10-20 2:20-80 1:80-90 0:90-100");
}

TEST(CriticalPathTest, OfBranchesTheOneThatEndsLastCounts) {
  Trace trace;
  trace.spans = {span(kNone, SpanKind::kClient, 0, 50), span(0, SpanKind::kCall, 0, 20),
                 span(0, SpanKind::kCall, 5, 50), span(0, SpanKind::kCall, 0, 49)};

  EXPECT_EQ(path_of(trace), "3:0-5 2:5-50") << "before it began, another one was under way";
}

TEST(CriticalPathTest, WorkForNobodyCountsAsLongAsSomebodyWaited) {
  Trace trace;
  trace.spans = {span(kNone, SpanKind::kClient, 0, 60), span(0, SpanKind::kAttempt, 0, 20),
                 span(1, SpanKind::kInbound, 5, 500), span(0, SpanKind::kBackOff, 20, 30),
                 span(0, SpanKind::kAttempt, 30, 60)};

  EXPECT_EQ(path_of(trace), "1:0-5 2:5-20 3:20-30 4:30-60");
}

TEST(CriticalPathTest, MirrorsAreNotWaitedFor) {
  Trace trace;
  trace.spans = {span(kNone, SpanKind::kClient, 0, 60), span(0, SpanKind::kAttempt, 0, 60)};
  trace.spans[1].is_mirror = true;

  EXPECT_EQ(path_of(trace), "0:0-60");
}

TEST(CriticalPathTest, SumsUpByServiceAndKind) {
  Trace trace;
  trace.spans = {span(kNone, SpanKind::kClient, 0, 100, kNone),
                 span(0, SpanKind::kQueue, 10, 70, 3), span(0, SpanKind::kWork, 70, 90, 3)};

  const std::vector<WaitedFor> sums = waited_for(trace);

  ASSERT_EQ(sums.size(), 3);
  EXPECT_EQ(sums[0].kind, SpanKind::kQueue);
  EXPECT_EQ(sums[0].service, 3);
  EXPECT_EQ(sums[0].time, 60ms);
}

}  // namespace
}  // namespace shaketable::engine
