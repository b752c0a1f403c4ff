#include "reports/html/waterfall.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shaketable::reports {
namespace {

using engine::Span;
using engine::SpanKind;
using engine::Trace;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

engine::Instant at(int ms) { return proxy::after(proxy::kStart, milliseconds(ms)); }

Span span(std::uint32_t parent, SpanKind kind, int from, int to) {
  return {.parent = parent, .kind = kind, .from = at(from), .to = at(to)};
}

// A call with a failed try, a back-off and a second try.
Trace retried() {
  Trace trace;
  trace.number = 7;
  trace.spans = {span(engine::kNone, SpanKind::kClient, 0, 100), span(0, SpanKind::kCall, 10, 90),
                 span(1, SpanKind::kAttempt, 10, 40), span(1, SpanKind::kBackOff, 40, 50),
                 span(1, SpanKind::kAttempt, 50, 90)};
  trace.events = {
      {.span = 2, .at = at(40), .kind = engine::SpanEventKind::kRetry, .reason = "503"}};
  return trace;
}

TEST(WaterfallTest, PutsCallersAboveThoseThatTheyCall) {
  EXPECT_EQ(drawn_spans(retried(), 99), (std::vector<std::uint32_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(drawn_spans(retried(), 2), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_TRUE(drawn_spans(Trace{}, 99).empty());
}

TEST(WaterfallTest, HostileNamesStayText) {
  engine::Scenario scenario;
  scenario.mesh.services.push_back({.name = "<script>", .endpoint_names = {"\"><img"}});
  Trace trace = retried();
  trace.spans[1].peer = 0;
  trace.spans[1].endpoint = 0;

  const std::string svg = svg_waterfall(scenario, trace, 99);

  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, Not(HasSubstr("<img")));
  EXPECT_THAT(svg, HasSubstr("call &lt;script&gt;"));
}

}  // namespace
}  // namespace shaketable::reports
