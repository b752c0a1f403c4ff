#include "loadgen/app/load_source.h"

#include <optional>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/app/arguments.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::loadgen::app {
namespace {

using namespace std::chrono_literals;

/// How long a request of the load may take that these arguments name.
proxy::Duration timeout_of(const std::vector<std::string>& arguments) {
  const Command command = parse_arguments(arguments);
  const auto* const run = std::get_if<RunArguments>(&command);
  if (run == nullptr) {
    ADD_FAILURE() << "not a run";
    return -1s;
  }
  std::ostringstream out;
  std::ostringstream err;
  const std::optional<LoadSource> source =
      find_load(*run, {.out = out, .err = err, .github_step_summary = {}});
  if (!source) {
    ADD_FAILURE() << err.str();
    return -1s;
  }
  return source->file.loads.at(0).timeout;
}

TEST(LoadSourceTest, NoLoadWaitsForEverUnlessItIsToldTo) {
  const TemporaryFolder folder;
  const std::string silent = folder.write(
      "silent.yaml",
      "target: http://127.0.0.1:1\nload: {users: {workers: 1, max_runs: 1, request: GET /}}");
  const std::string says =
      folder.write("says.yaml",
                   "target: http://127.0.0.1:1\n"
                   "load: {users: {workers: 1, max_runs: 1, timeout: 5s, request: GET /}}");

  for (const std::string& what : {silent, std::string("http://127.0.0.1:1/")}) {
    EXPECT_EQ(timeout_of({what}), 30s) << what;
    EXPECT_EQ(timeout_of({what, "--timeout", "2s"}), 2s) << what;
    EXPECT_EQ(timeout_of({what, "--timeout", "0"}), 0s) << what;
  }
  EXPECT_EQ(timeout_of({says}), 5s);
  EXPECT_EQ(timeout_of({says, "--timeout", "2s"}), 2s);
}

}  // namespace
}  // namespace shaketable::loadgen::app
