#include "proxy/live/trace_context.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"
#include "proxy/config/policy.h"

namespace shaketable::proxy::live {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

http::HeaderList headers(const Fields& fields) {
  http::HeaderList list;
  for (const auto& [name, value] : fields) {
    list.add(name, value);
  }
  return list;
}

Fields fields_of(const http::HeaderList& list) {
  Fields fields;
  for (std::size_t i = 0; i < list.size(); ++i) {
    fields.emplace_back(list[i].name, list[i].value);
  }
  return fields;
}

const std::string kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kSpan = "00f067aa0ba902b7";

TEST(TraceContextTest, ReadsATraceparent) {
  TraceContext context;
  ASSERT_TRUE(read_traceparent(kParent, context));
  EXPECT_EQ(trace_id_text(context), kTrace);
  EXPECT_EQ(context.span, 0x00f067aa0ba902b7U);
  EXPECT_EQ(context.sampling, Sampling::kYes);
  EXPECT_FALSE(context.is_random);
  EXPECT_EQ(traceparent_of(context), kParent);
  ASSERT_TRUE(read_traceparent("00-" + kTrace + "-" + kSpan + "-02", context));
  EXPECT_EQ(context.sampling, Sampling::kNo);
  EXPECT_TRUE(context.is_random);
}

TEST(TraceContextTest, ALaterVersionIsReadAsFarAsWeKnowIt) {
  TraceContext context;
  EXPECT_TRUE(read_traceparent("cc-" + kTrace + "-" + kSpan + "-01-what-comes-later", context));
  EXPECT_EQ(traceparent_of(context), kParent);
  EXPECT_TRUE(read_traceparent("01-" + kTrace + "-" + kSpan + "-01", context));
  EXPECT_FALSE(read_traceparent("cc-" + kTrace + "-" + kSpan + "-01.", context));
}

class BadTraceparentTest : public testing::TestWithParam<std::string> {};

TEST_P(BadTraceparentTest, CountsAsAbsent) {
  TraceContext context;
  EXPECT_FALSE(read_traceparent(GetParam(), context));
  EXPECT_EQ(context, TraceContext());
  EXPECT_EQ(read_trace(headers({{"traceparent", GetParam()}, {"tracestate", "a=1"}})),
            TraceContext());
}

INSTANTIATE_TEST_SUITE_P(
    Values, BadTraceparentTest,
    testing::Values("", "00", kParent + "-", kParent + "-00", "ff" + kParent.substr(2),
                    "0" + kParent, "00-" + std::string(32, '0') + "-" + kSpan + "-01",
                    "00-" + kTrace + "-" + std::string(16, '0') + "-01",
                    "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + kSpan + "-01",
                    "00-" + kTrace + "-" + kSpan + "-0g", "00-" + kTrace + "-" + kSpan + "-1",
                    "00_" + kTrace + "-" + kSpan + "-01", "00-" + kTrace + kSpan + "--01",
                    std::string(55, '-'), std::string(55, '\0')));

TEST(TraceContextTest, TwoTraceparentsAreNone) {
  EXPECT_EQ(read_trace(headers({{"traceparent", kParent}, {"traceparent", kParent}})).headers, 0);
}

TEST(TraceContextTest, ReadsB3InAllItsForms) {
  TraceContext context;
  ASSERT_TRUE(read_b3(kTrace + "-" + kSpan, context));
  EXPECT_EQ(context.sampling, Sampling::kUndecided);
  ASSERT_TRUE(read_b3(kTrace + "-" + kSpan + "-1", context));
  EXPECT_EQ(context.sampling, Sampling::kYes);
  ASSERT_TRUE(read_b3(kTrace + "-" + kSpan + "-d-05e3ac9a4f6e3b90", context));
  EXPECT_EQ(context.sampling, Sampling::kDebug);
  EXPECT_EQ(context.parent, 0x05e3ac9a4f6e3b90U);
  ASSERT_TRUE(read_b3("a3ce929d0e0e4736-" + kSpan + "-0", context));
  EXPECT_TRUE(context.has_short_id);
  EXPECT_EQ(trace_id_text(context), "a3ce929d0e0e4736");
  ASSERT_TRUE(read_b3("0", context));
  EXPECT_EQ(context.sampling, Sampling::kNo);
  EXPECT_FALSE(context.trace.is_valid());
}

TEST(TraceContextTest, RefusesB3ThatIsNot) {
  TraceContext context;
  for (const std::string& value :
       {std::string(), std::string("2"), kTrace, kTrace + "-", kTrace + "-" + kSpan + "-",
        kTrace + "-" + kSpan + "-2", kTrace + "-" + kSpan + "-1-", kTrace + "-" + kSpan + "-1-12",
        kTrace + "-" + kSpan + "-1-" + kSpan + "-1", kTrace + "-" + kSpan + "-true",
        "X" + kTrace.substr(1) + "-" + kSpan, std::string("---"), kTrace.substr(1) + "-" + kSpan}) {
    EXPECT_FALSE(read_b3(value, context)) << value;
  }
}

TEST(TraceContextTest, ReadsB3OfSeveralHeaders) {
  const TraceContext context = read_trace(headers({{"x-b3-traceid", kTrace},
                                                   {"x-b3-spanid", kSpan},
                                                   {"x-b3-parentspanid", "05e3ac9a4f6e3b90"},
                                                   {"x-b3-sampled", "1"}}));
  EXPECT_EQ(trace_id_text(context), kTrace);
  EXPECT_EQ(context.parent, 0x05e3ac9a4f6e3b90U);
  EXPECT_EQ(context.sampling, Sampling::kYes);
  EXPECT_EQ(context.headers, kTraceB3Multi);

  EXPECT_EQ(read_trace(headers({{"x-b3-sampled", "false"}})).sampling, Sampling::kNo);
  EXPECT_EQ(read_trace(headers({{"x-b3-flags", "1"}})).sampling, Sampling::kDebug);
  EXPECT_EQ(read_trace(headers({{"x-b3-traceid", kTrace}})).headers, 0) << "no span";
  EXPECT_EQ(read_trace(headers({{"x-b3-sampled", "maybe"}})).headers, 0);
}

TEST(TraceContextTest, W3cWinsAndAllFormsGoOn) {
  const std::string other = "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-0";
  http::HeaderList list = headers({{"b3", other}, {"traceparent", kParent}, {"x", "y"}});
  TraceContext context = read_trace(list);
  EXPECT_EQ(trace_id_text(context), kTrace);
  EXPECT_EQ(context.headers, kTraceW3c | kTraceB3Single);

  context.span = 1;
  write_trace(context, list);
  EXPECT_EQ(fields_of(list), (Fields{{"x", "y"},
                                     {"traceparent", "00-" + kTrace + "-0000000000000001-01"},
                                     {"b3", kTrace + "-0000000000000001-1"}}));
}

TEST(TraceContextTest, ATracestateGoesOnOnlyWithItsTrace) {
  http::HeaderList list = headers({{"traceparent", kParent}, {"tracestate", "a=1, b@c=2"}});
  TraceContext context = read_trace(list);
  EXPECT_TRUE(context.keeps_tracestate);
  write_trace(context, list);
  EXPECT_EQ(list.find("tracestate"), "a=1, b@c=2");

  for (const Fields& fields : {Fields{{"traceparent", "junk"}, {"tracestate", "a=1"}},
                               Fields{{"traceparent", kParent}, {"tracestate", "a=1,=2"}},
                               Fields{{"b3", kTrace + "-" + kSpan}, {"tracestate", "a=1"}}}) {
    list = headers(fields);
    context = read_trace(list);
    EXPECT_FALSE(context.keeps_tracestate);
    write_trace(context, list);
    EXPECT_FALSE(list.contains("tracestate"));
  }
}

TEST(TraceContextTest, TracestatesAreReadStrictly) {
  for (const std::string& good :
       {std::string("a=1"), std::string("a=1,b=2"), std::string(" a=1 , , b=2"),
        std::string("tenant@system=x y"), std::string("0a=1"), std::string("a=!\"#$%&"),
        std::string(256, 'k') + "=" + std::string(256, 'v'), std::string()}) {
    EXPECT_TRUE(is_tracestate(good)) << good;
  }
  std::string many;
  for (int i = 0; i < 33; ++i) {
    many += (i == 0 ? "k" : ",k") + std::to_string(i) + "=1";
  }
  for (const std::string& bad :
       {std::string("a"), std::string("a="), std::string("=1"), std::string("A=1"),
        std::string("a=1,a=2"), std::string("a=b=c"), std::string("a=\x01"),
        std::string("a=\xc3\xbc"), std::string("a@=1"), std::string("@a=1"), std::string("a@b@c=1"),
        std::string("a@toolongasystemname=1"), std::string("a b=1"), std::string(257, 'k') + "=1",
        "k=" + std::string(257, 'v'), many}) {
    EXPECT_FALSE(is_tracestate(bad)) << bad;
  }
}

TEST(TraceContextTest, WhatIsWrittenIsReadBack) {
  Rng rng(7);
  for (int i = 0; i < 5'000; ++i) {
    TraceContext context;
    context.headers = static_cast<std::uint8_t>(1U << rng.below(3));
    context.trace = new_trace_id(rng);
    context.span = new_span_id(rng);
    context.sampling = rng.chance_ppm(500'000) ? Sampling::kYes : Sampling::kNo;
    if (context.headers == kTraceW3c) {
      context.is_random = rng.chance_ppm(500'000);
    } else {
      context.parent = rng.chance_ppm(500'000) ? new_span_id(rng) : 0;
      context.has_short_id = rng.chance_ppm(300'000);
      context.trace.high = context.has_short_id ? 0 : context.trace.high;
      if (context.parent == 0 && rng.chance_ppm(200'000)) {
        context.sampling = Sampling::kUndecided;
      } else if (rng.chance_ppm(200'000)) {
        context.sampling = Sampling::kDebug;
      }
    }
    http::HeaderList list = headers({{"traceparent", "stale"}, {"b3", "stale"}});
    write_trace(context, list);
    ASSERT_EQ(read_trace(list), context) << testing::PrintToString(fields_of(list));
  }
}

TEST(TraceContextTest, SamplingDependsOnTheTraceAloneAndGrowsWithTheRate) {
  Rng rng(11);
  int sampled = 0;
  for (int i = 0; i < 20'000; ++i) {
    // Ids that count up are as good as random ones.
    const TraceId id{0, static_cast<std::uint64_t>(i) + 1};
    sampled += is_sampled(id, 100'000) ? 1 : 0;
    if (is_sampled(id, 100'000)) {
      EXPECT_TRUE(is_sampled(id, 200'000));
    }
  }
  EXPECT_NEAR(sampled, 2'000, 200);
  EXPECT_FALSE(is_sampled(new_trace_id(rng), 0));
  EXPECT_TRUE(is_sampled(new_trace_id(rng), kPpmOne));
}

TEST(TraceContextTest, RequestIdsAreUuids) {
  Rng rng(3);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto id = new_request_id(rng);
    const std::string text(id.begin(), id.end());
    EXPECT_TRUE(seen.insert(text).second);
    EXPECT_EQ(text[8], '-');
    EXPECT_EQ(text[13], '-');
    EXPECT_EQ(text[14], '4');
    EXPECT_EQ(text[18], '-');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
    EXPECT_EQ(text[23], '-');
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef-"), std::string::npos);
  }
}

}  // namespace
}  // namespace shaketable::proxy::live
