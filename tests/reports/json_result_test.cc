#include "reports/json_result.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "reports/escape.h"
#include "reports/json_writer.h"
#include "tests/reports/judged_run.h"

namespace shaketable::reports {
namespace {

namespace json = boost::json;

bool has_a_float(const json::value& value) {
  if (value.is_double()) {
    return true;
  }
  if (const auto* object = value.if_object()) {
    return std::any_of(object->begin(), object->end(),
                       [](const auto& member) { return has_a_float(member.value()); });
  }
  if (const auto* array = value.if_array()) {
    return std::any_of(array->begin(), array->end(), has_a_float);
  }
  return false;
}

TEST(JsonResultTest, SaysWhatItIsAndHowItWent) {
  const JudgedRun run(engine::shop_run());

  const json::value result = json::parse(json_result(run.report()));

  EXPECT_EQ(result.at("format").as_string(), "shaketable-result");
  EXPECT_EQ(result.at("version").as_int64(), 1);
  EXPECT_EQ(result.at("seed").as_int64(), 7);
  EXPECT_EQ(result.at("fingerprint").as_string(), "0123456789abcdef");
  EXPECT_FALSE(result.at("verdict").at("passed").as_bool());
  EXPECT_EQ(result.at("expectations").as_array().size(), 6U);
  EXPECT_EQ(result.at("expectations").at(1).at("state").as_string(), "broken");
  EXPECT_EQ(result.at("expectations").at(1).at("margin").as_int64(), -99'507'455);
}

TEST(JsonResultTest, HoldsSeriesGaugesAndEvents) {
  const JudgedRun run(engine::shop_run());

  const json::value result = json::parse(json_result(run.report()));
  const json::value& gateway = result.at("series").at(0);

  EXPECT_EQ(gateway.at("subject").as_string(), "gateway");
  EXPECT_EQ(gateway.at("points").at("count").as_array().size(), 120U);
  EXPECT_EQ(gateway.at("points").at("server_error").at(70).as_int64(), 40);
  EXPECT_FALSE(gateway.at("points").as_object().contains("timeout")) << "it never happened";
  EXPECT_EQ(result.at("gauges").at(2).at("utilisation_ppm").at(0).as_int64(), 875'000);
  EXPECT_EQ(result.at("events").at(0).at("kind").as_string(), "circuit_open");
  EXPECT_EQ(result.at("events").at(0).at("caller").as_string(), "gateway");
  EXPECT_TRUE(result.at("services").at(3).at("outside_normal").at(0).at("to_ns").is_null());
}

TEST(JsonResultTest, SaysHowLongAFaultRisesIfItDoes) {
  engine::RecordBuilder shop = engine::shop_run();
  ASSERT_FALSE(shop.scenario.faults.empty());
  shop.scenario.faults[0].ramp = std::chrono::seconds(10);

  const json::value result = json::parse(json_result(JudgedRun(std::move(shop)).report()));

  EXPECT_EQ(result.at("faults").at(0).at("ramp_ns").as_int64(), 10'000'000'000);
  const json::value plain = json::parse(json_result(JudgedRun(engine::shop_run()).report()));
  EXPECT_FALSE(plain.at("faults").at(0).as_object().contains("ramp_ns"));
}

TEST(JsonResultTest, EqualRunsAreEqualBytes) {
  const JudgedRun first(engine::shop_run());
  const JudgedRun second(engine::shop_run());

  EXPECT_EQ(json_result(first.report()), json_result(second.report()));
}

TEST(JsonResultTest, HoldsNoFloatingPointNumber) {
  const JudgedRun run(engine::shop_run());

  EXPECT_FALSE(has_a_float(json::parse(json_result(run.report()))));
}

TEST(JsonResultTest, HostileNamesComeBackAsTheyWere) {
  for (const std::string& name : hostile_names()) {
    const JudgedRun run = hostile_run(name);

    const json::value result = json::parse(json_result(run.report()));

    if (name.find('\xff') == std::string::npos) {
      EXPECT_EQ(std::string(result.at("scenario").at("name").as_string()), name);
    }
  }
}

TEST(JsonWriterTest, NestsAndSeparates) {
  JsonWriter writer(1);
  writer.begin_object();
  writer.field("a", std::int64_t{-1});
  writer.begin_array("b");
  writer.value(true);
  writer.null();
  writer.begin_object();
  writer.end();
  writer.end();
  writer.field("c\"", "d\n");
  writer.end();

  EXPECT_EQ(writer.take(), "{\n  \"a\": -1,\n  \"b\": [true,null,{}],\n  \"c\\\"\": \"d\\n\"\n}\n");
}

}  // namespace
}  // namespace shaketable::reports
