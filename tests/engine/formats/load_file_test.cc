#include "engine/formats/load_file.h"

#include <fstream>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/formats/loader_fixture.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;
using loadgen::Comparison;
using loadgen::Condition;
using loadgen::LoadFile;
using loadgen::LoadPlan;
using testing::HasSubstr;
using testing::Not;

LoadFile load_of(const std::string& text, const std::vector<std::string>& sets = {}) {
  Diagnostics diagnostics;
  auto file = parse_load_file("shop.yaml", text, sets, diagnostics);
  EXPECT_TRUE(file.has_value()) << render(diagnostics, false) << text;
  return file.value_or(LoadFile{});
}

std::string mistakes_of(const std::string& text) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse_load_file("shop.yaml", text, {}, diagnostics).has_value()) << text;
  return render(diagnostics, false);
}

/// One load whose only journey has these steps.
LoadPlan steps_of(const std::string& steps) {
  return load_of("load:\n  users:\n    workers: 1\n    steps:" + steps).loads.at(0);
}

TEST(LoadFileTest, ReadsTargetRunAndLoads) {
  const LoadFile file = load_of(R"(
about: x
target: {url: "https://shop:8443", http: http2, streams: 8, verify: false, certificate: c.pem, private_key: k.pem}
run: {duration: 30s, warm_up: 5s, seed: 9}
load:
  users: {workers: 10, ramp_up: 5s, run_delay: 1s, duration: 20s, max_runs: 7, picker: single_run, steps: [GET /]}
  batch: {rate: 5/s, max_in_flight: 3, when_full: wait, request: "POST https://other/x?y=1"}
)");

  EXPECT_EQ(file.name, "shop");
  EXPECT_EQ(file.target.url, "https://shop:8443");
  EXPECT_EQ(file.target.http, loadgen::Target::Http::kHttp2);
  EXPECT_EQ(file.target.streams, 8U);
  EXPECT_FALSE(file.target.verify);
  EXPECT_EQ(file.duration, 30s);
  EXPECT_EQ(file.seed, 9U);
  const LoadPlan& users = file.loads.at(0);
  EXPECT_EQ(users.max_runs, 7U);
  EXPECT_EQ(users.worker_duration, 20s);
  EXPECT_EQ(users.picker, loadgen::Picker::kSingleRun);
  EXPECT_EQ(users.run_delay.mean(), 1s);
  const LoadPlan& batch = file.loads.at(1);
  EXPECT_EQ(batch.max_in_flight, 3U);
  EXPECT_EQ(batch.when_full, loadgen::WhenFull::kWait);
  const loadgen::Request& request = batch.requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.origin, "https://other");
  EXPECT_EQ(request.path.prefix(), "/x");
  EXPECT_EQ(request.raw_query.prefix(), "y=1");
  EXPECT_EQ(batch.journeys.at(0).name, "batch");
}

TEST(LoadFileTest, ReadsEverythingARequestMaySay) {
  const LoadPlan plan = steps_of(R"(
    - request: POST /login
      name: log in
      headers: {X-A: b}
      json: {user: "${worker}", n: 5, list: [true, null, "5"]}
      timeout: 2s
      redirects: 3
      tags: [auth]
      capture: {token: json /token, id: {regex: 'id=(\d+)', default: none}, c: cookie sid, h: header ETag}
      check: [status 2xx, not body contains error, latency < 300ms, json /ok == true, size <= 10KiB]
      on_failure: continue
)");

  const loadgen::Request& request = plan.requests.at(0);
  EXPECT_EQ(request.name, "log in");
  EXPECT_EQ(request.headers.at(0).name, "x-a");
  EXPECT_EQ(request.body.text.source(plan.variable_names),
            R"({"user":"${worker}","n":5,"list":[true,null,"5"]})");
  EXPECT_EQ(request.timeout, 2s);
  EXPECT_EQ(request.redirects, 3U);
  EXPECT_TRUE(request.continue_on_failure);
  ASSERT_EQ(request.captures.size(), 4U);
  EXPECT_EQ(plan.variable_names.at(request.captures[0].variable), "token");
  EXPECT_TRUE(request.captures[1].optional);
  EXPECT_EQ(request.captures[3].expression, "etag");
  ASSERT_EQ(request.checks.size(), 5U);
  EXPECT_TRUE(request.checks[1].negate);
  EXPECT_EQ(request.checks[2].number, 300'000'000);
  EXPECT_EQ(request.checks[4].comparison, Comparison::kLessEqual);
  EXPECT_EQ(request.checks[4].number, 10'240);
}

TEST(LoadFileTest, ReadsLoopsBranchesAndSettings) {
  const LoadPlan plan = steps_of(R"(
    - GET /a
    - repeat: 3
      until: status 200
      steps: [GET /b, {if: chance 20%, then: [GET /c], else: [{think: 1s}]}]
    - set: {greeting: "hi ${run}"}
    - if: ${greeting} contains hi
      then: [{fail: "because of ${greeting}"}]
    - end: true
)");

  const auto& steps = plan.journeys.at(0).steps;
  ASSERT_EQ(steps.size(), 5U);
  EXPECT_EQ(steps[1].kind, loadgen::Step::Kind::kLoop);
  EXPECT_EQ(steps[1].count, 3U);
  EXPECT_TRUE(steps[1].until);
  EXPECT_EQ(steps[1].steps.at(1).condition.at(0).number, 200'000);
  EXPECT_EQ(steps[1].steps.at(1).otherwise.size(), 1U);
  EXPECT_EQ(steps[2].kind, loadgen::Step::Kind::kSet);
  EXPECT_EQ(steps[3].condition.at(0).kind, Condition::Kind::kVariable);
  EXPECT_EQ(steps[4].kind, loadgen::Step::Kind::kEnd);
}

TEST(LoadFileTest, ReadsEveryShapeOfARate) {
  const LoadFile file = load_of(R"(
load:
  a: {rate: {stages: [{to: 10/s, over: 5s}, {hold: 5s}], repeat: true}, request: GET /}
  b: {rate: {steps: {from: 10/s, to: 40/s, by: 10/s, every: 10s}}, request: GET /}
  c: {rate: {spikes: {base: 5/s, peak: 50/s, every: 60s, for: 5s}}, request: GET /}
  d: {rate: {sine: {mean: 100/s, amplitude: 50/s, period: 10m}}, request: GET /}
)");

  EXPECT_TRUE(file.loads.at(0).repeats);
  EXPECT_EQ(file.loads.at(1).stages.size(), 4U);
  EXPECT_FALSE(file.loads.at(1).repeats);
  EXPECT_EQ(file.loads.at(2).stages.size(), 2U);
  EXPECT_TRUE(file.loads.at(2).repeats);
  EXPECT_EQ(file.loads.at(3).stages.size(), 256U);
}

TEST(LoadFileTest, ReadsFilesBesideIt) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder.path() + "/" + name) << text;
  };
  write("users.csv", "name,id\r\nann,1\n\"b, \"\"o\"\"\",2\n");
  write("items.json", R"([{"sku": "a", "n": 1}, {"sku": "b", "n": [2]}])");
  write("body.xml", "<x>${user.name}</x>");
  write("access.log",
        "[2016-04-15T20:17:00.000Z] \"GET /a HTTP/1.1\" 200\n"
        "[2016-04-15T20:17:04.000Z] \"GET /b HTTP/1.1\" 200\n");
  write("load.yaml", R"(
load:
  users:
    workers: 1
    variables:
      user: {csv: users.csv, order: shuffled}
      item: {json: items.json, per: request}
      n: {range: [1, 9, 2]}
      r: {random: [-5, 5]}
      color: {choice: [red, green]}
      fixed: {text: x}
      short: abc
      id: {uuid: true}
      noise: {random_text: 12}
    steps:
      - {request: "POST /${item.sku}/${user.id}/${n}/${r}/${color}/${fixed}/${short}/${id}/${noise}", file: body.xml}
  replay: {rate: {recorded: {file: access.log, speed: 2x, scale: 200%}}, request: GET /}
)");
  Diagnostics diagnostics;

  const auto file = load_load_file(folder.path() + "/load.yaml", {}, diagnostics);

  ASSERT_TRUE(file.has_value()) << render(diagnostics, false);
  const LoadPlan& plan = file->loads.at(0);
  ASSERT_EQ(plan.variables.size(), 9U);
  EXPECT_EQ(plan.variables[0].rows.at(1).at(0), "b, \"o\"");
  EXPECT_EQ(plan.variables[1].rows.at(1).at(1), "[2]");
  EXPECT_EQ(plan.variables[4].order, loadgen::VariableSource::Order::kRandom);
  EXPECT_EQ(plan.requests.at(0).body.text.source(plan.variable_names), "<x>${user.name}</x>");
  EXPECT_EQ(file->loads.at(1).recorded, (std::vector<proxy::Duration>{0s, 0s, 2s, 2s}));
}

TEST(LoadFileTest, ReadsThresholds) {
  const LoadPlan plan = load_of(R"(
load:
  users:
    workers: 1
    steps: [GET /]
    thresholds: [p99.9 < 300ms, error_rate <= 1%, {must: rate >= 10/s, of: users, abort: true}, p50 of GET / < 1s]
)")
                            .loads.at(0);

  ASSERT_EQ(plan.thresholds.size(), 4U);
  EXPECT_EQ(plan.thresholds[0].quantile_ppm, 999'000U);
  EXPECT_EQ(plan.thresholds[1].metric, loadgen::Threshold::Metric::kErrorRate);
  EXPECT_EQ(plan.thresholds[1].value, 10'000);
  EXPECT_TRUE(plan.thresholds[2].aborts);
  EXPECT_EQ(plan.thresholds[2].value, 10'000'000);
  EXPECT_EQ(plan.thresholds[3].of, "GET /");
}

TEST(LoadFileTest, AThresholdIsAboutAPartOfItsLoad) {
  const std::string report = mistakes_of(R"(
load:
  users:
    workers: 1
    scenarios: {browse: {tags: [reading], steps: [GET /]}}
    thresholds:
      - p99 of reading < 1s
      - p99 of brose < 300ms
      - {must: error_rate < 1%, of: nobody}
)");

  EXPECT_THAT(report, HasSubstr("shop.yaml:8:16: error[ST1312]: nothing of this load is named "
                                "\"brose\""));
  EXPECT_THAT(report, HasSubstr("did you mean \"browse\"?"));
  EXPECT_THAT(report, HasSubstr("shop.yaml:9:"));
  EXPECT_THAT(report, Not(HasSubstr("shop.yaml:7:")));
}

TEST(LoadFileTest, TagsOfAJourneyAreThoseOfAllItsRequests) {
  const LoadPlan plan = load_of(R"(
load:
  users:
    workers: 1
    scenarios:
      browse:
        tags: [reading, all]
        steps: [GET /a, {repeat: 2, steps: [{request: GET /b, tags: [all, deep]}]}]
      buy: {steps: [POST /c]}
)")
                            .loads.at(0);

  EXPECT_EQ(plan.requests.at(0).tags, (std::vector<std::string>{"reading", "all"}));
  EXPECT_EQ(plan.requests.at(1).tags, (std::vector<std::string>{"all", "deep", "reading"}));
  EXPECT_TRUE(plan.requests.at(2).tags.empty());
}

TEST(LoadFileTest, NamesAllMistakesWithTheirPlaces) {
  const std::string report = mistakes_of(R"(
load:
  users:
    workers: 3
    rte: 5/s
    variables: {user: {text: x}}
    steps:
      - GET /${usr}
      - {request: GET /b, check: statu 200}
      - {request: GET /c, capture: {x: jsn /a}}
      - {request: GET /d, headers: {Content-Length: 5}}
      - {repeat: 3}
      - {think: 5}
      - {request: GET /e, check: body matches "("}
      - {request: "GET /${x"}
)");

  EXPECT_THAT(report, HasSubstr("shop.yaml:5:5"));
  EXPECT_THAT(report, HasSubstr("did you mean \"rate\""));
  EXPECT_THAT(report, HasSubstr("nothing gives \"${usr}\" a value"));
  EXPECT_THAT(report, HasSubstr("did you mean \"user\""));
  EXPECT_THAT(report, HasSubstr("\"statu\" is no question about an answer"));
  EXPECT_THAT(report, HasSubstr("\"jsn\""));
  EXPECT_THAT(report, HasSubstr("\"content-length\" is set by the sender itself"));
  EXPECT_THAT(report, HasSubstr("a loop without `steps`"));
  EXPECT_THAT(report, HasSubstr("shop.yaml:13:17"));
  EXPECT_THAT(report, HasSubstr("ST1220"));
  EXPECT_THAT(report, HasSubstr("a place for a value is not closed"));
}

TEST(LoadFileTest, RefusesRatesThatCannotBe) {
  const std::pair<const char*, const char*> cases[] = {
      {"{sine: {mean: 5/s, amplitude: 6/s, period: 1s}}", "the rate would be below zero"},
      {"{spikes: {base: 1/s, peak: 2/s, every: 5s, for: 5s}}", "a peak is as long as its period"},
      {"{steps: {from: 1/s, to: 9/s, by: 0/s, every: 1s}}", "steps of nothing lead nowhere"},
      {"{}", "the rate has no shape"},
      {"{repeat: true}", "the rate has no shape"},
      {"{stages: [{hold: 1s}], sine: {mean: 5/s, amplitude: 1/s, period: 1s}}",
       "the rate has several shapes"},
      {"{recorded: no-such-file.log}", "the log \"no-such-file.log\" cannot be used"}};
  for (const auto& [rate, mistake] : cases) {
    EXPECT_THAT(mistakes_of("load: {a: {rate: " + std::string(rate) + ", request: GET /}}"),
                HasSubstr(mistake));
  }
}

TEST(LoadFileTest, TakesTheLinesOfRecordedRequestsAsAVariable) {
  const TemporaryFolder folder;
  static_cast<void>(
      folder.write("access.log",
                   "h - - [10/Oct/2000:13:55:01 +0000] \"GET /a?x=1 HTTP/1.1\" 200 1\n"
                   "h - - [10/Oct/2000:13:55:03 +0000] \"HEAD /b HTTP/1.1\" 200 1\n"));
  const std::string path = folder.write("load.yaml",
                                        "load: {a: {rate: {recorded: {file: access.log, as: hit, "
                                        "scale: 200%}}, request: \"${hit}\"}}");
  Diagnostics diagnostics;

  const auto file = load_load_file(path, {}, diagnostics);

  ASSERT_TRUE(file.has_value()) << render(diagnostics, false);
  const LoadPlan& plan = file->loads.at(0);
  EXPECT_EQ(plan.recorded.size(), 4U);
  ASSERT_EQ(plan.variables.size(), 1U);
  EXPECT_EQ(plan.variables[0].rows, (std::vector<std::vector<std::string>>{
                                        {"GET /a?x=1"}, {"GET /a?x=1"}, {"HEAD /b"}, {"HEAD /b"}}));
  EXPECT_EQ(plan.requests.at(0).method, "");
  EXPECT_EQ(plan.requests.at(0).path.pieces().front().variable, plan.variables[0].columns[0]);
}

TEST(LoadFileTest, RefusesAQueryBesideAWholeLine) {
  EXPECT_THAT(mistakes_of("load: {a: {rate: 1/s, variables: {hit: {text: GET /}}, "
                          "request: \"${hit}\", query: {a: b}}}"),
              HasSubstr("has its own query"));
  EXPECT_THAT(mistakes_of("load: {a: {rate: 1/s, request: \"${hit}\"}}"),
              HasSubstr("nothing gives \"${hit}\" a value"));
}

TEST(LoadFileTest, ARateWithoutAShapeIsOneMistake) {
  const std::string mistakes = mistakes_of("load: {a: {rate: {repeat: true}, request: GET /}}");

  EXPECT_THAT(mistakes, Not(HasSubstr("too short to repeat")));
}

TEST(LoadFileTest, TakesTheLoadsOfAScenarioWithoutItsMesh) {
  const LoadFile file = load_of("scenario: x\nmesh: {" +
                                std::string("services: {gateway: {entry: "
                                            "true, endpoints: {'GET /a/{id}': 1ms}}}}\n") +
                                R"(
target: http://localhost:80
load: {users: {workers: 1, steps: ["gateway GET /a/{id}", "GET /a/${worker}"]}}
)");

  EXPECT_EQ(file.target.url, "http://localhost:80");
  EXPECT_EQ(file.loads.at(0).requests.at(0).method, "GET");
  EXPECT_EQ(file.loads.at(0).requests.at(0).path.prefix(), "/a/{id}");
}

TEST(LoadFileTest, AScenarioMayNameALoadFile) {
  Diagnostics diagnostics;
  const auto scenario = load_scenario("scenarios/shop-under-load.yaml", {}, diagnostics);

  ASSERT_TRUE(scenario.has_value()) << render(diagnostics, false);
  ASSERT_EQ(scenario->loads.size(), 2U);
  EXPECT_EQ(scenario->loads[0].targets.size(), scenario->loads[0].requests.size());
  const std::string report = render(diagnostics, false);
  EXPECT_THAT(report, HasSubstr("virtual time has no bodies"));
  EXPECT_EQ(report.find("ST1317"), report.rfind("ST1317")) << "it is said once";
}

TEST(LoadFileTest, SaysNothingAboutVirtualTimeInALoadFile) {
  Diagnostics diagnostics;
  const auto file = load_load_file("scenarios/loads/shop.yaml", {}, diagnostics);

  ASSERT_TRUE(file.has_value()) << render(diagnostics, false);
  EXPECT_TRUE(diagnostics.empty()) << render(diagnostics, false);
}

TEST(LoadFileTest, TakesOverrides) {
  const LoadFile file = load_of("load: {users: {workers: 1, steps: [GET /]}}",
                                {"load.users.workers=9", "target=http://x", "run.duration=5s"});
  EXPECT_EQ(file.loads.at(0).workers, 9U);
  EXPECT_EQ(file.target.url, "http://x");
  EXPECT_EQ(file.duration, 5s);
}

}  // namespace
}  // namespace shaketable::engine
