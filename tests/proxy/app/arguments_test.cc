#include "proxy/app/arguments.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shaketable::proxy::app {
namespace {

using testing::HasSubstr;

Command parse(const std::vector<std::string>& arguments) { return parse_arguments(arguments); }

RunArguments run_of(const std::vector<std::string>& arguments) {
  const Command command = parse(arguments);
  if (const auto* message = std::get_if<Message>(&command)) {
    ADD_FAILURE() << message->text;
    return {};
  }
  return std::get<RunArguments>(command);
}

std::string error_of(const std::vector<std::string>& arguments) {
  const Command command = parse(arguments);
  const auto* message = std::get_if<Message>(&command);
  EXPECT_TRUE(message != nullptr && message->is_error);
  return message == nullptr ? "" : message->text;
}

TEST(ArgumentsTest, RunIsWhatIsDoneByDefault) {
  EXPECT_EQ(run_of({"run", "proxy.yaml"}).load.config, "proxy.yaml");
  EXPECT_EQ(run_of({"run", "--config", "p"}).load.config, "p");
  EXPECT_EQ(run_of({"proxy.yaml"}).load.config, "proxy.yaml");
  EXPECT_EQ(run_of({"etc/proxy"}).load.config, "etc/proxy");
  EXPECT_EQ(run_of({"--config", "p"}).load.config, "p");
}

TEST(ArgumentsTest, TakeTheWorkloadOfAMesh) {
  const RunArguments run = run_of({"--mesh", "shop.yaml", "--workload", "cart-1", "--app",
                                   "127.0.0.1:8080", "--endpoints", "e.yaml", "--tls", "off"});

  EXPECT_EQ(run.load.mesh, "shop.yaml");
  EXPECT_EQ(run.load.sidecar.workload, "cart-1");
  EXPECT_EQ(run.load.sidecar.app, "127.0.0.1:8080");
  EXPECT_EQ(run.load.sidecar.endpoints, "e.yaml");
  EXPECT_EQ(run.load.sidecar.tls, "off");
  EXPECT_EQ(run.load.sidecar.inbound, "0.0.0.0:15006");
}

TEST(ArgumentsTest, BeatTheFile) {
  const RunArguments run =
      run_of({"p.yaml", "--concurrency", "4", "--drain-time", "1m30s", "--access-log", "json",
              "--log-level", "debug", "--journal", "j.bin"});

  EXPECT_EQ(run.load.concurrency, 4U);
  EXPECT_EQ(run.load.drain_time, std::chrono::seconds(90));
  EXPECT_EQ(run.load.access_log, live::AccessLogConfig::Format::kJson);
  EXPECT_EQ(run.log_level, live::LogLevel::kDebug);
  EXPECT_EQ(run.journal, "j.bin");
  EXPECT_FALSE(run_of({"p.yaml"}).load.concurrency.has_value());
}

TEST(ArgumentsTest, RefuseWhatCannotWork) {
  EXPECT_THAT(error_of({"run"}), HasSubstr("nothing to read"));
  EXPECT_THAT(error_of({"check"}), HasSubstr("nothing to read"));
  EXPECT_THAT(error_of({"p.yaml", "--mesh", "m.yaml"}), HasSubstr("exclude each other"));
  EXPECT_THAT(error_of({"p.yaml", "--workload", "cart"}),
              HasSubstr("--workload belongs to --mesh"));
  EXPECT_THAT(error_of({"--mesh", "m.yaml", "--certs", "c", "--key", "k"}),
              HasSubstr("--certs is the folder"));
  EXPECT_THAT(error_of({"replay"}), HasSubstr("FILE"));
  EXPECT_THAT(error_of({"p.yaml", "--concurrency", "0"}), HasSubstr("--concurrency"));
  EXPECT_THAT(error_of({"p.yaml", "--drain-time", "30"}), HasSubstr("'30' is no duration"));
  EXPECT_THAT(error_of({"p.yaml", "--drain-time", "it's"}), HasSubstr("is no duration"));
  EXPECT_THAT(error_of({"p.yaml", "--tls", "on"}), HasSubstr("strict"));
  EXPECT_THAT(error_of({"p.yaml", "--no-such"}), HasSubstr("Try `shaketable-proxy --help`"));
  EXPECT_THAT(error_of({"dance"}), HasSubstr("no command is named 'dance'"));
  EXPECT_THAT(error_of({"chekc", "p.yaml"}), HasSubstr("did you mean check?"));
  EXPECT_THAT(error_of({"p.yaml", "q.yaml"}), HasSubstr("q.yaml"));
  EXPECT_THAT(error_of({}), HasSubstr("Usage"));
}

TEST(ArgumentsTest, ExplainThemselves) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"help"}, {"run", "--help"}, {"help", "check"}}) {
    const Command command = parse(arguments);
    const auto* message = std::get_if<Message>(&command);
    ASSERT_NE(message, nullptr);
    EXPECT_FALSE(message->is_error) << message->text;
    EXPECT_THAT(message->text, HasSubstr("Usage"));
  }
  EXPECT_THAT(error_of({"help", "dance"}), HasSubstr("no command is named 'dance'"));
}

}  // namespace
}  // namespace shaketable::proxy::app
