#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/cli.h"
#include "engine/formats/data_file.h"
#include "engine/result/result_reader.h"
#include "engine/result/source_difference.h"
#include "proxy/base/base64.h"
#include "tests/support/temporary_folder.h"

// Files of data that a scenario's loads name: a result is judged where they are not.
namespace shaketable::engine {
namespace {

using testing::HasSubstr;

constexpr char kScenario[] = R"yaml(scenario: replay
services:
  front: {entry: true, endpoints: {GET /: {work: 1ms}, POST /: {work: 1ms}}}
run: {duration: 3s, seed: 3}
load:
  replayed: {rate: {recorded: access.log}, request: GET /}
  buyers:
    rate: 5/s
    variables: {user: {csv: users.csv}}
    steps: [{request: POST /, headers: {x-user: "${user.name}"}, file: body.bin}]
expect: [{metric: success_rate, of: front, must: ">= 99%"}]
)yaml";

const std::string kBody("\xff\xd8 no text \0\r\n", 14);

std::string log_of(int lines) {
  std::string log;
  for (int i = 0; i < lines; ++i) {
    log += R"(10.0.0.1 - - [01/Mar/2026:10:00:0)" + std::to_string(i % 3) +
           R"( +0000] "GET / HTTP/1.1" 200 5 "-" "-")" + "\r\n";
  }
  return log;
}

std::string shaketable(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  static_cast<void>(run_cli(arguments, {.out = out, .err = err}));
  return out.str() + err.str();
}

class ResultDataFilesTest : public testing::Test {
 protected:
  ResultDataFilesTest() {
    put(log_of(6));
    file_ = folder_.write("replay.yaml", kScenario);
  }

  void put(const std::string& log) const {
    static_cast<void>(folder_.write("access.log", log));
    static_cast<void>(folder_.write("users.csv", "name\nann\nbob\n"));
    static_cast<void>(folder_.write("body.bin", kBody));
  }

  [[nodiscard]] std::string run() const {
    const std::string json = folder_ / "r.json";
    said_ = shaketable({"run", file_, "--no-progress", "--json", json});
    return json;
  }

  void remove(const std::string& name) const { std::filesystem::remove(folder_ / name); }

  TemporaryFolder folder_;
  std::string file_;
  mutable std::string said_;
};

TEST_F(ResultDataFilesTest, AResultIsJudgedWhereNoneOfItsFilesIs) {
  const std::string json = run();
  for (const char* name : {"replay.yaml", "access.log", "users.csv", "body.bin"}) {
    remove(name);
  }

  EXPECT_EQ(shaketable({"report", json}).find("error"), std::string::npos);
  EXPECT_EQ(shaketable({"report", json, "--format", "json"}), TemporaryFolder::read(json));
}

TEST_F(ResultDataFilesTest, FilesThatHaveChangedSinceAreNotRead) {
  const std::string json = run();
  put("no log at all");

  const auto result = load_result(json);

  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->scenario.loads.at(0).recorded.size(), 6U);
}

TEST_F(ResultDataFilesTest, EveryByteOfAFileThatIsNoTextIsKept) {
  const auto result = load_result(run());

  ASSERT_TRUE(result.has_value()) << result.error().message;
  const Load& plan = result->scenario.loads.at(1);
  EXPECT_EQ(plan.requests.at(0).body.text.source(plan.variable_names), kBody);
  bool is_there = false;
  for (const SourceFile& file : result->source.files) {
    is_there = is_there || (file.name.ends_with("body.bin") && file.text == kBody);
  }
  EXPECT_TRUE(is_there);
}

TEST_F(ResultDataFilesTest, AFileThatAResultLeavesOutIsNotTakenFromTheDisk) {
  std::string text = TemporaryFolder::read(run());
  const std::size_t name = text.find("access.log\"", text.find("\"files\""));
  ASSERT_NE(name, std::string::npos);
  text.replace(name, 10, "another.lo");

  const auto result = parse_result("r.json", text, {.check_digest = false});

  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message,
              HasSubstr("access.log: the data file did not come along (the one of that name"));
  remove("access.log");
  const auto again = parse_result("r.json", text, {.check_digest = false});
  ASSERT_FALSE(again.has_value());
  EXPECT_THAT(again.error().message, HasSubstr("put it where the scenario names it"));
}

TEST_F(ResultDataFilesTest, AFileTooLargeToKeepMustBeWhereTheScenarioNamesIt) {
  std::string log = log_of(6);
  log.resize(kMaxKeptFile + 1, ' ');
  log.back() = '\n';
  put(log);
  const std::string json = run();
  EXPECT_LT(std::filesystem::file_size(json), kMaxKeptFile);

  EXPECT_EQ(shaketable({"report", json, "--format", "json"}), TemporaryFolder::read(json));
  remove("access.log");
  EXPECT_THAT(shaketable({"report", json}),
              HasSubstr("access.log: the data file did not come along, and is not on this machine "
                        "(put it where the scenario names it: "));
}

TEST_F(ResultDataFilesTest, BytesThatAreNotBase64AreRefusedWithTheirPlace) {
  std::string text = TemporaryFolder::read(run());
  const std::string encoded = proxy::to_base64(kBody);
  const std::size_t at = text.find(encoded);
  ASSERT_NE(at, std::string::npos);
  text[at] = '-';

  const auto result = parse_result("r.json", text, {.check_digest = false});

  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "the bytes of the file are not Base64");
  EXPECT_THAT(result.error().where, HasSubstr("source.files["));
}

TEST_F(ResultDataFilesTest, DataOfTheSameLengthIsADifference) {
  const auto before = load_result(run());
  std::string log = log_of(6);
  log[log.size() - 20] = '7';
  put(log);
  const auto after = load_result(run());

  ASSERT_TRUE(before.has_value() && after.has_value());
  const SourceDifference difference = difference_of(before->source, after->source);
  ASSERT_EQ(difference.changes.size(), 1U);
  EXPECT_THAT(difference.changes[0].where, HasSubstr("access.log"));
  EXPECT_NE(difference.changes[0].before, difference.changes[0].after);
}

}  // namespace
}  // namespace shaketable::engine
