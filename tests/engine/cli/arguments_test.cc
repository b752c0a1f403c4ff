#include "engine/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Command parsed(const std::vector<std::string>& arguments) { return parse_arguments(arguments); }

std::string error_of(const std::vector<std::string>& arguments) {
  const Command command = parsed(arguments);
  const auto* message = std::get_if<Message>(&command);
  return message == nullptr || !message->is_error ? "" : message->text;
}

TEST(ArgumentsTest, RunTakesFilesAndOptionsInAnyOrder) {
  const Command command =
      parsed({"run", "a.yaml", "--seed", "9", "--set", "x.y=1", "b.yaml", "--set", "z=2", "-j", "2",
              "--format", "markdown", "--quiet", "--junit", "out.xml"});

  const auto& run = std::get<RunArguments>(command);
  EXPECT_THAT(run.files, ElementsAre("a.yaml", "b.yaml"));
  EXPECT_THAT(run.overrides, ElementsAre("x.y=1", "z=2"));
  EXPECT_EQ(run.seed, 9U);
  EXPECT_EQ(run.jobs, 2U);
  EXPECT_EQ(run.format, SummaryFormat::kMarkdown);
  EXPECT_TRUE(run.quiet);
  EXPECT_EQ(run.junit, "out.xml");
}

TEST(ArgumentsTest, ADurationIsAnOverrideThatBeatsTheOthers) {
  const Command command =
      parsed({"run", "a.yaml", "--duration", "30s", "--set", "run.duration=9s"});

  EXPECT_THAT(std::get<RunArguments>(command).overrides,
              ElementsAre("run.duration=9s", "run.duration=30s"));
}

TEST(ArgumentsTest, WithoutASeedTheFilesOwnIsTaken) {
  EXPECT_FALSE(std::get<RunArguments>(parsed({"run", "a.yaml"})).seed.has_value());
}

TEST(ArgumentsTest, WrongArgumentsSayWhatIsWrong) {
  EXPECT_THAT(error_of({"run"}), HasSubstr("FILE is required"));
  EXPECT_THAT(error_of({"run", "a", "--seed", "x"}), HasSubstr("--seed"));
  EXPECT_THAT(error_of({"run", "a", "--format", "yaml"}), HasSubstr("json|markdown|ndjson|text"));
  EXPECT_THAT(error_of({"run", "a", "--nonsense"}), HasSubstr("--nonsense"));
  EXPECT_THAT(error_of({"run", "a", "-j", "0"}), HasSubstr("--jobs"));
  EXPECT_THAT(error_of({"walk"}), HasSubstr("shaketable --help"));
  EXPECT_THAT(error_of({}), HasSubstr("Usage: shaketable"));
}

TEST(ArgumentsTest, WhatIsNearlyRightIsNamed) {
  EXPECT_THAT(error_of({"run", "a", "--jsn", "x"}), HasSubstr("did you mean --json?"));
  EXPECT_THAT(error_of({"run", "a", "--outdir=x"}), HasSubstr("did you mean --out-dir?"));
  EXPECT_THAT(error_of({"rum", "a"}), HasSubstr("did you mean run?"));
  EXPECT_THAT(error_of({"run", "a", "--nonsense"}), Not(HasSubstr("did you mean")));
}

TEST(ArgumentsTest, OneFileCannotHoldTwoResults) {
  EXPECT_THAT(error_of({"run", "a", "b", "--json", "x"}), HasSubstr("--out-dir"));
  EXPECT_THAT(error_of({"run", "a", "--json", "x", "--html", "x"}), HasSubstr("two outputs"));
  EXPECT_EQ(error_of({"run", "a", "b", "--junit", "x"}), "");
}

TEST(ArgumentsTest, ASeedIsAWholeNumberOf64Bits) {
  for (const char* seed : {"-1", "18446744073709551616", "1.5", "0x", ""}) {
    EXPECT_THAT(error_of({"run", "a", "--seed", seed}), HasSubstr("whole number")) << seed;
    EXPECT_THAT(error_of({"capacity", "a", "--seed", seed}), HasSubstr("whole number")) << seed;
  }
  EXPECT_EQ(std::get<RunArguments>(parsed({"run", "a", "--seed", "18446744073709551615"})).seed,
            18'446'744'073'709'551'615U);
}

TEST(ArgumentsTest, HelpIsNoError) {
  const Command command = parsed({"--help"});

  const auto& message = std::get<Message>(command);
  EXPECT_FALSE(message.is_error);
  EXPECT_THAT(message.text, HasSubstr("Exit codes:"));
  EXPECT_THAT(message.text, HasSubstr("run scenario.yaml"));
}

TEST(ArgumentsTest, OtherCommandsAreKnown) {
  EXPECT_THAT(std::get<CheckArguments>(parsed({"check", "a", "b"})).files, ElementsAre("a", "b"));
  EXPECT_EQ(std::get<InitArguments>(parsed({"init", "--template", "canary", "d"})).directory, "d");
  EXPECT_EQ(std::get<ExplainArguments>(parsed({"explain", "ST1103"})).code, "ST1103");
  EXPECT_TRUE(std::holds_alternative<SchemaArguments>(parsed({"schema"})));
  EXPECT_TRUE(std::holds_alternative<VersionArguments>(parsed({"version"})));
}

}  // namespace
}  // namespace shaketable::engine
