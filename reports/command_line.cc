#include "reports/command_line.h"

#include <string_view>

namespace shaketable::reports {

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,%+@";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

std::string run_command(const engine::ScenarioSource& source, std::uint64_t seed,
                        const RepeatedRuns& repeated) {
  std::string command =
      "shaketable run " + shell_word(source.file) + " --seed " + std::to_string(seed);
  if (repeated.runs > 1) {
    command += " --runs " + std::to_string(repeated.runs);
  }
  if (repeated.required < repeated.runs) {
    command += " --runs-required " + std::to_string(repeated.required);
  }
  for (const std::string& text : source.overrides) {
    command += " --set " + shell_word(text);
  }
  return command;
}

}  // namespace shaketable::reports
