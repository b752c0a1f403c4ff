#include "loadgen/journey/session.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/loadgen/core/plan_builder.h"
#include "tests/support/allocation_counter.h"

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;
using proxy::Duration;
using proxy::Instant;
using proxy::kStart;
using proxy::Rng;
using testing::branch;
using testing::journey;
using testing::loop;
using testing::plan_of;
using testing::request;
using testing::status_is;
using testing::think;
using Kind = SessionAction::Kind;

/// A plan whose texts may mention variables.
class PlanBuilder {
 public:
  explicit PlanBuilder(std::vector<Step> steps)
      : plan(plan_of(1, {journey("a", 1, std::move(steps))})) {}

  TextTemplate text(const std::string& text) { return *TextTemplate::parse(text, names); }
  Request& operator[](std::size_t number) { return plan.requests[number]; }
  Capture capture(const std::string& name, Capture::From from, const std::string& expression) {
    Capture result;
    result.variable = names.add(name);
    result.from = from;
    result.expression = expression;
    return result;
  }
  std::shared_ptr<const CompiledLoad> compile() {
    plan.variable_names = names.names();
    auto load = CompiledLoad::compile(plan);
    EXPECT_TRUE(load.has_value()) << (load ? "" : load.error().message);
    return *load;
  }

  VariableNames names;
  LoadPlan plan;
};

Condition body_contains(const std::string& text) {
  Condition condition;
  condition.kind = Condition::Kind::kBody;
  condition.comparison = Comparison::kContains;
  condition.text = TextTemplate::constant(text);
  return condition;
}
Condition json_is(const std::string& pointer, const std::string& value) {
  Condition condition;
  condition.kind = Condition::Kind::kJson;
  condition.subject = pointer;
  condition.text = TextTemplate::constant(value);
  return condition;
}

/// One session and its server of a few words.
class Talk {
 public:
  explicit Talk(std::shared_ptr<const CompiledLoad> compiled)
      : load(std::move(compiled)), session(*load, 3, Rng(1)) {}

  void begin(std::uint64_t run = 0, bool new_session = true) {
    session.begin({3, 0, run, now, new_session});
  }
  /// The next thing to do, after all waits.
  SessionAction next() {
    SessionAction action = session.next(now);
    while (action.kind == Kind::kWait && action.until != proxy::kNever) {
      now = action.until;
      action = session.next(now);
    }
    return action;
  }
  Verdict answer(std::uint16_t status, std::string_view body = {},
                 std::vector<HeaderField> headers = {}, Duration time = 1ms) {
    now += time;
    return session.on_response({.status = status,
                                .headers = headers,
                                .body = body,
                                .body_size = body.size(),
                                .is_upgraded = status == 101,
                                .ended = now});
  }
  [[nodiscard]] std::string header(std::string_view name) const {
    for (const HeaderField& field : session.request().headers) {
      if (field.name == name) {
        return std::string(field.value);
      }
    }
    return "";
  }

  std::shared_ptr<const CompiledLoad> load;
  Session session;
  Instant now = kStart;
};

TEST(SessionTest, SendsWaitsAndEnds) {
  PlanBuilder build({request(1), think(2s), request(2)});
  build[1].path = TextTemplate::constant("/one");
  Talk talk(build.compile());
  talk.begin();

  ASSERT_EQ(talk.session.next(talk.now).kind, Kind::kSend);
  EXPECT_EQ(talk.session.request().path, "/one");
  EXPECT_TRUE(talk.session.request().is_constant);
  EXPECT_TRUE(talk.answer(200).ok());
  const SessionAction wait = talk.session.next(talk.now);
  ASSERT_EQ(wait.kind, Kind::kWait);
  EXPECT_EQ(wait.until, kStart + 2001ms);
  const SessionAction send = talk.session.next(wait.until);
  ASSERT_EQ(send.kind, Kind::kSend);
  EXPECT_EQ(send.intended, kStart + 2001ms);
  talk.now = wait.until;
  talk.answer(200);
  EXPECT_EQ(talk.next().kind, Kind::kDone);
  EXPECT_TRUE(talk.session.run_succeeded());
}

TEST(SessionTest, LeavesThePauseBehindALoopToThePacer) {
  PlanBuilder build({loop(2, {request(1)})});
  build.plan.delay = proxy::Distribution::constant(5s);
  Talk talk(build.compile());
  talk.begin();

  ASSERT_EQ(talk.session.next(talk.now).kind, Kind::kSend);
  talk.answer(200);
  const SessionAction wait = talk.session.next(talk.now);
  ASSERT_EQ(wait.kind, Kind::kWait);
  EXPECT_EQ(wait.until, kStart + 5001ms);
  ASSERT_EQ(talk.next().kind, Kind::kSend);
  talk.answer(200);

  EXPECT_EQ(talk.session.next(talk.now).kind, Kind::kDone);
}

TEST(SessionTest, CapturesByPointerRegexHeaderAndCookie) {
  PlanBuilder build({request(1), request(2)});
  build[1].captures = {build.capture("token", Capture::From::kJson, "/a/0/t"),
                       build.capture("id", Capture::From::kRegex, "id=([0-9]+)"),
                       build.capture("etag", Capture::From::kHeader, "etag"),
                       build.capture("sid", Capture::From::kCookie, "sid")};
  build[2].path = build.text("/items/${id}");
  build[2].headers = {{"x-token", build.text("${token}/${etag}/${sid}")}};
  Talk talk(build.compile());
  talk.begin();
  talk.next();
  EXPECT_TRUE(talk.session.wants_body());

  EXPECT_TRUE(talk.answer(200, R"({"a": [{"t": "s3cret"}], "text": "id=42"})",
                          {{"etag", "v1"}, {"set-cookie", "sid=abc; Path=/"}})
                  .ok());
  ASSERT_EQ(talk.next().kind, Kind::kSend);

  EXPECT_EQ(talk.session.request().path, "/items/42");
  EXPECT_EQ(talk.header("x-token"), "s3cret/v1/abc");
  EXPECT_EQ(talk.header("cookie"), "sid=abc");
}

TEST(SessionTest, FailsWhenSomethingToCaptureIsMissingUnlessThereIsADefault) {
  PlanBuilder build({request(1), request(2)});
  build[1].captures = {build.capture("a", Capture::From::kJson, "/a")};
  PlanBuilder lenient = build;
  lenient[1].captures[0].optional = true;
  lenient[1].captures[0].fallback = "none";
  lenient[2].path = lenient.text("/${a}");
  Talk strict_talk(build.compile());
  Talk lenient_talk(lenient.compile());
  for (Talk* talk : {&strict_talk, &lenient_talk}) {
    talk->begin();
    talk->next();
  }

  EXPECT_EQ(strict_talk.answer(200, "no json").failure, FailureKind::kCapture);
  EXPECT_EQ(strict_talk.next().kind, Kind::kDone);
  EXPECT_EQ(strict_talk.session.run_failure(), FailureKind::kCapture);
  EXPECT_TRUE(lenient_talk.answer(200, "no json").ok());
  EXPECT_EQ(lenient_talk.next().kind, Kind::kSend);
  EXPECT_EQ(lenient_talk.session.request().path, "/none");
}

TEST(SessionTest, ChecksStatusBodyAndJson) {
  PlanBuilder build({request(1)});
  build[1].checks = {status_is(200, 299), body_contains("ok"), json_is("/n", "5")};
  Talk talk(build.compile());
  const auto verdict = [&](std::uint16_t status, const char* body) {
    talk.begin();
    talk.next();
    return talk.answer(status, body);
  };

  EXPECT_TRUE(verdict(200, R"({"n": 5.0, "s": "ok"})").ok()) << "numbers are compared as numbers";
  EXPECT_EQ(verdict(500, "ok").check, 0U);
  EXPECT_EQ(verdict(200, "no").check, 1U);
  EXPECT_EQ(verdict(200, R"({"n": 6, "s": "ok"})").check, 2U);
}

TEST(SessionTest, TakesAStatusFrom400OnForAFailureUnlessTheRequestAsksForIt) {
  PlanBuilder build({request(1), request(2)});
  build[2].checks = {status_is(404, 404)};
  Talk talk(build.compile());
  talk.begin();
  talk.next();
  EXPECT_EQ(talk.answer(404).failure, FailureKind::kStatus);
  EXPECT_EQ(talk.next().kind, Kind::kDone);

  talk.begin();
  talk.next();
  talk.answer(200);
  talk.next();
  EXPECT_TRUE(talk.answer(404).ok());
}

TEST(SessionTest, BranchesAndLoopsLookAtTheBodyBefore) {
  Step pages = loop(10, {request(1)});
  pages.condition = {json_is("/next", "true")};
  pages.until = false;
  PlanBuilder build({request(1), pages, branch(body_contains("last"), {request(2)}, {request(3)})});
  Talk talk(build.compile());
  talk.begin();
  std::vector<std::uint32_t> sent;
  for (const char* body :
       {R"({"next": true})", R"({"next": true})", R"({"next": false, "x": "last"})", "{}"}) {
    ASSERT_EQ(talk.next().kind, Kind::kSend);
    sent.push_back(talk.session.request().request);
    talk.answer(200, std::string(body));  // the text is gone afterwards
  }

  EXPECT_EQ(sent, (std::vector<std::uint32_t>{1, 1, 1, 2}));
  EXPECT_EQ(talk.next().kind, Kind::kDone);
}

TEST(SessionTest, EscapesValuesForTheirPlaces) {
  PlanBuilder build({request(1), request(2)});
  build[1].captures = {build.capture("v", Capture::From::kBody, "")};
  build[2].method = "POST";
  build[2].path = build.text("/a/${v}");
  build[2].query = {{"q x", build.text("${v}")}};
  build[2].headers = {{"x-v", build.text("${v}")}};
  build[2].body.kind = Body::Kind::kJson;
  build[2].body.text = build.text(R"({"v":"${v}"})");
  Talk talk(build.compile());
  talk.begin();
  talk.next();
  talk.answer(200, "a/\"b\r\n");
  talk.next();

  EXPECT_EQ(talk.session.request().path, "/a/a%2F%22b%0D%0A?q%20x=a%2F%22b%0D%0A");
  EXPECT_EQ(talk.header("x-v"), "a/\"b  ");
  EXPECT_EQ(talk.session.request().body, R"({"v":"a/\"b\u000D\u000A"})");
  EXPECT_EQ(talk.header("content-type"), "application/json");
}

TEST(SessionTest, SendsAWholeLineAsItIs) {
  PlanBuilder build({request(1), request(2)});
  const VariableIndex hit = build.names.add("hit");
  for (const std::size_t number : {1U, 2U}) {
    build[number].method.clear();
    build[number].path = build.text("${hit}");
  }
  VariableSource source;
  source.name = "hit";
  source.columns = {hit};
  source.renewal = VariableSource::Renewal::kRequest;
  source.rows = {{"DELETE /a%2Fb?x=1&y=${z}"}, {"no line"}};
  build.plan.variables = {source};
  Talk talk(build.compile());
  talk.begin();

  ASSERT_EQ(talk.next().kind, Kind::kSend);
  EXPECT_EQ(talk.session.request().method, "DELETE");
  EXPECT_EQ(talk.session.request().path, "/a%2Fb?x=1&y=${z}");
  EXPECT_TRUE(talk.answer(200).ok());
  EXPECT_EQ(talk.next().kind, Kind::kDone);
  EXPECT_FALSE(talk.session.run_succeeded());
  EXPECT_EQ(talk.session.failure_text(), "its line is no `METHOD /path`");
}

TEST(SessionTest, AuthenticatesAsTheLoadSays) {
  PlanBuilder basic({request(1)});
  basic.plan.authentication.kind = Authentication::Kind::kBasic;
  basic.plan.authentication.user = TextTemplate::constant("Aladdin");
  basic.plan.authentication.password = TextTemplate::constant("open sesame");
  PlanBuilder bearer({request(1)});
  bearer.plan.authentication.kind = Authentication::Kind::kBearer;
  bearer.plan.authentication.token = bearer.text("t-${worker}");
  PlanBuilder key({request(1)});
  key.plan.authentication.kind = Authentication::Kind::kApiKey;
  key.plan.authentication.query = "key";
  key.plan.authentication.token = TextTemplate::constant("a b");

  const std::pair<PlanBuilder*, std::string> cases[] = {
      {&basic, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, {&bearer, "Bearer t-3"}, {&key, ""}};
  for (const auto& [build, wanted] : cases) {
    Talk talk(build->compile());
    talk.begin();
    talk.next();
    EXPECT_EQ(talk.header("authorization"), wanted);
    if (build == &key) {
      EXPECT_EQ(talk.session.request().path, "/?key=a%20b");
    }
  }
}

TEST(SessionTest, FollowsRedirectsAsOftenAsAllowed) {
  PlanBuilder build({request(1)});
  build[1].method = "POST";
  build[1].redirects = 2;
  build[1].path = TextTemplate::constant("/a/b");
  Talk talk(build.compile());
  talk.begin();
  talk.next();

  EXPECT_TRUE(talk.answer(302, "", {{"location", "c?x=1"}}).continues);
  ASSERT_EQ(talk.next().kind, Kind::kSend);
  EXPECT_EQ(talk.session.request().method, "GET");
  EXPECT_EQ(talk.session.request().path, "/a/c?x=1");
  EXPECT_TRUE(talk.answer(307, "", {{"location", "https://other:8443/x"}}).continues);
  ASSERT_EQ(talk.next().kind, Kind::kSend);
  EXPECT_EQ(talk.session.request().origin, "https://other:8443");
  EXPECT_EQ(talk.answer(301, "", {{"location", "/again"}}).failure, FailureKind::kRedirects);
}

TEST(SessionTest, CarriesOutTheSetUpsBeforeTheFirstRun) {
  PlanBuilder build({request(1)});
  build.plan.fixtures.worker_set_up = {request(2)};
  build.plan.fixtures.session_set_up = {request(3)};
  build[3].captures = {build.capture("token", Capture::From::kBody, "")};
  build[1].headers = {{"x-token", build.text("${token}")}};
  Talk talk(build.compile());
  talk.begin();

  talk.next();
  EXPECT_EQ(talk.session.phase(), Phase::kWorkerSetUp);
  talk.answer(200);
  talk.next();
  EXPECT_EQ(talk.session.phase(), Phase::kSessionSetUp);
  talk.answer(200, "t1");
  const SessionAction first = talk.next();
  EXPECT_EQ(talk.session.phase(), Phase::kRun);
  EXPECT_EQ(first.intended, kStart + 2ms) << "the set-up is not counted";
  EXPECT_EQ(talk.header("x-token"), "t1");
  talk.answer(200);
  talk.next();

  talk.begin(1, false);
  talk.next();
  EXPECT_EQ(talk.session.phase(), Phase::kRun) << "once";
  EXPECT_EQ(talk.header("x-token"), "t1");
}

TEST(SessionTest, SaysWhenASetUpHasFailed) {
  PlanBuilder build({request(1)});
  build.plan.fixtures.session_set_up = {request(3)};
  Talk talk(build.compile());
  talk.begin();
  talk.next();
  talk.answer(503);

  EXPECT_EQ(talk.next().kind, Kind::kDone);
  EXPECT_TRUE(talk.session.setup_failed());
  EXPECT_FALSE(talk.session.run_succeeded());
}

TEST(SessionTest, TalksOverAWebSocket) {
  PlanBuilder build({request(1), request(2)});
  build[1].protocol = Request::Protocol::kWebSocket;
  SocketStep hello;
  hello.text = build.text("hello ${worker}");
  SocketStep expect;
  expect.kind = SocketStep::Kind::kExpect;
  expect.time = 1s;
  expect.checks = {body_contains("welcome")};
  expect.captures = {build.capture("room", Capture::From::kRegex, "room ([a-z]+)")};
  build[1].conversation = {hello, expect};
  build[2].path = build.text("/${room}");
  Talk talk(build.compile());
  talk.begin();
  talk.next();
  EXPECT_TRUE(talk.answer(101).continues);

  ASSERT_EQ(talk.next().kind, Kind::kSendFrame);
  EXPECT_EQ(talk.session.frame(), "hello 3");
  const SessionAction await = talk.session.next(talk.now);
  ASSERT_EQ(await.kind, Kind::kAwaitFrame);
  EXPECT_EQ(await.until, talk.now + 1s);
  talk.session.on_message(talk.now, "noise");
  EXPECT_EQ(talk.session.next(talk.now).kind, Kind::kAwaitFrame);
  talk.session.on_message(talk.now, "welcome to room blue");
  ASSERT_EQ(talk.session.next(talk.now).kind, Kind::kClose);
  EXPECT_TRUE(talk.session.on_closed(talk.now).ok());
  ASSERT_EQ(talk.next().kind, Kind::kSend);
  EXPECT_EQ(talk.session.request().path, "/blue");
}

TEST(SessionTest, AMessageThatComesDuringAPauseIsNotLost) {
  PlanBuilder build({request(1)});
  build[1].protocol = Request::Protocol::kWebSocket;
  SocketStep pause;
  pause.kind = SocketStep::Kind::kWait;
  pause.time = 1s;
  SocketStep expect;
  expect.kind = SocketStep::Kind::kExpect;
  expect.time = 1s;
  expect.checks = {body_contains("two")};
  build[1].conversation = {pause, expect, expect};
  Talk talk(build.compile());
  talk.begin();
  talk.next();
  talk.answer(101);

  const SessionAction wait = talk.session.next(talk.now);
  ASSERT_EQ(wait.kind, Kind::kWait);
  for (const char* message : {"one", "two", "three"}) {
    talk.session.on_message(talk.now, message);
  }
  ASSERT_EQ(talk.next().kind, Kind::kAwaitFrame) << "the second expectation";

  talk.session.on_message(talk.now, "twenty-two");
  EXPECT_EQ(talk.next().kind, Kind::kClose);
  EXPECT_TRUE(talk.session.on_closed(talk.now).ok());
}

TEST(SessionTest, AnAnswerThatOpensNoWebSocketIsAFailure) {
  for (const std::uint16_t status : {std::uint16_t{200}, std::uint16_t{404}}) {
    PlanBuilder build({request(1)});
    build[1].protocol = Request::Protocol::kWebSocket;
    Talk talk(build.compile());
    talk.begin();
    talk.next();

    const Verdict verdict = talk.answer(status, "a page");

    EXPECT_FALSE(verdict.continues);
    EXPECT_EQ(verdict.failure, FailureKind::kStatus);
    EXPECT_EQ(talk.next().kind, Kind::kDone);
  }
}

TEST(SessionTest, AWebSocketThatClosesEarlyIsAReset) {
  PlanBuilder build({request(1)});
  build[1].protocol = Request::Protocol::kWebSocket;
  SocketStep expect;
  expect.kind = SocketStep::Kind::kExpect;
  build[1].conversation = {expect};
  Talk talk(build.compile());
  talk.begin();
  talk.next();
  talk.answer(101);
  ASSERT_EQ(talk.next().kind, Kind::kAwaitFrame);

  EXPECT_EQ(talk.session.on_closed(talk.now).failure, FailureKind::kReset);
  EXPECT_EQ(talk.next().kind, Kind::kDone);
}

TEST(SessionTest, ListensToEventsUntilItHasEnough) {
  PlanBuilder build({request(1), request(2)});
  build[1].protocol = Request::Protocol::kEventStream;
  build[1].events = 2;
  build[1].captures = {build.capture("last", Capture::From::kJson, "/n")};
  build[2].path = build.text("/${last}");
  Talk talk(build.compile());
  talk.begin();
  talk.next();
  EXPECT_EQ(talk.header("accept"), "text/event-stream");

  EXPECT_FALSE(talk.session.on_stream_data("\xef\xbb\xbf: hi\r\ndata: {\"n\": 1}\r"));
  EXPECT_FALSE(talk.session.on_stream_data("\n\r\ndata: {\"n\":\nda"));
  EXPECT_TRUE(talk.session.on_stream_data("ta: 2}\n\n"));
  EXPECT_TRUE(talk.answer(200).ok());
  talk.next();
  EXPECT_EQ(talk.session.request().path, "/2");
}

TEST(SessionTest, AStreamThatEndsBeforeItsEventsIsAReset) {
  PlanBuilder build({request(1)});
  build[1].protocol = Request::Protocol::kEventStream;
  build[1].events = 2;
  Talk talk(build.compile());
  talk.begin();
  talk.next();
  talk.session.on_stream_data("data: 1\n\n");

  EXPECT_EQ(talk.answer(200).failure, FailureKind::kReset);
}

TEST(SessionTest, DealsRowsToSessionsAndSaysWhenTheyRunOut) {
  PlanBuilder build({request(1)});
  VariableSource source;
  source.order = VariableSource::Order::kOnce;
  source.columns = {build.names.add("user.name"), build.names.add("user.id")};
  source.rows = {{"ann", "1"}, {"bob", "2"}};
  build[1].path = build.text("/${user.name}/${user.id}");
  build.plan.variable_names = build.names.names();
  build.plan.variables = {source};
  const auto load = build.compile();
  std::vector<std::string> paths;
  for (std::uint32_t worker = 0; worker < 2; ++worker) {
    Talk talk(load);
    talk.begin();
    talk.next();
    paths.emplace_back(talk.session.request().path);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"/ann/1", "/bob/2"}));

  Talk late(load);
  late.begin();
  EXPECT_EQ(late.next().kind, Kind::kDone);
  EXPECT_TRUE(late.session.is_exhausted());
  EXPECT_EQ(late.session.run_failure(), FailureKind::kStep);
}

TEST(SessionTest, TakesTheRowOfItsArrivalAlsoWhenOthersWereDropped) {
  PlanBuilder build({request(1)});
  build.plan.workers = 0;
  build.plan.recorded = {0ms, 1ms, 2ms};
  VariableSource source;
  source.columns = {build.names.add("hit")};
  source.rows = {{"a"}, {"b"}, {"c"}};
  build[1].path = build.text("/${hit}");
  build.plan.variables = {source};
  Talk talk(build.compile());
  std::vector<std::string> paths;

  for (const std::uint64_t arrival : {0U, 2U, 4U}) {
    talk.begin(arrival);
    talk.next();
    paths.emplace_back(talk.session.request().path);
    talk.answer(200);
    talk.next();
  }

  EXPECT_EQ(paths, (std::vector<std::string>{"/a", "/c", "/b"}));
}

TEST(SessionTest, IgnoresWhatNobodyWaitsFor) {
  PlanBuilder build({request(1)});
  Talk talk(build.compile());
  EXPECT_TRUE(talk.answer(500).ok());
  talk.session.on_message(talk.now, "x");
  EXPECT_TRUE(talk.session.on_closed(talk.now).ok());
  talk.begin();
  talk.next();
  talk.answer(200);
  EXPECT_TRUE(talk.session.on_failure(talk.now, FailureKind::kReset).ok()) << "crossed";
  EXPECT_EQ(talk.next().kind, Kind::kDone);
  EXPECT_TRUE(talk.session.run_succeeded());
}

TEST(SessionTest, AConstantRequestAllocatesNothing) {
  PlanBuilder build({request(1)});
  build[1].checks = {status_is(200, 299)};
  build[1].headers = {{"x-a", TextTemplate::constant("b")}};
  Talk talk(build.compile());
  const auto once = [&](std::uint64_t run) {
    talk.session.begin({3, 0, run, talk.now, run == 0});
    talk.session.next(talk.now);
    talk.now += 1ms;
    talk.session.on_response({.status = 200, .ended = talk.now});
    talk.session.next(talk.now);
  };
  once(0);
  once(1);

  const std::uint64_t before = support::allocation_count();
  for (std::uint64_t run = 2; run < 1'000; ++run) {
    once(run);
  }
  EXPECT_EQ(support::allocation_count(), before);
}

}  // namespace
}  // namespace shaketable::loadgen
