#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>
#include <sstream>
#include <system_error>
#include <thread>

#include <sys/utsname.h>
#include <unistd.h>

#include "engine/cli/cli.h"
#include "engine/cli/finished_run.h"
#include "engine/cli/output_file.h"
#include "engine/cli/templates.h"
#include "engine/formats/diagnostic.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader.h"
#include "engine/result/result_reader.h"
#include "reports/json_result.h"
#include "reports/report.h"

namespace shaketable::engine {
namespace {

// The folders of PATH, in their order.
std::optional<std::string> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = (folder.empty() ? "." : folder) + '/' + name;
    if (access(file.c_str(), X_OK) == 0) {
      return file;
    }
  }
  return std::nullopt;
}

class Doctor {
 public:
  Doctor(const DoctorArguments& arguments, const Streams& streams)
      : streams_(streams), color_(wants_color(arguments.color, streams.out_is_terminal, streams)) {}

  ExitCode examine() {
    about();
    folders();
    run_twice();
    programs();
    streams_.out << (good_ ? "\nEverything that is needed works.\n"
                           : "\nSomething that is needed does not work: see above.\n");
    return good_ ? ExitCode::kPassed : ExitCode::kRuntime;
  }

 private:
  enum class State { kGood, kBad, kMissing };

  void line(State state, const std::string& name, const std::string& text) {
    good_ = good_ && state != State::kBad;
    const char* word = state == State::kGood ? "ok   " : state == State::kBad ? "FAIL " : "-    ";
    const char* paint = state == State::kGood  ? "\x1b[1;32m"
                        : state == State::kBad ? "\x1b[1;31m"
                                               : "\x1b[2m";
    streams_.out << "  " << (color_ ? paint : "") << word << (color_ ? "\x1b[0m" : "") << ' '
                 << name << ": " << printable(text, 300) << '\n';
  }

  void about() {
    streams_.out << "shaketable " << reports::kVersion << "\n\n";
    utsname system{};
    if (uname(&system) == 0) {
      line(State::kGood, "system",
           std::string(system.sysname) + ' ' + system.release + ", " + system.machine);
    }
    line(State::kGood, "processors",
         std::to_string(std::thread::hardware_concurrency()) + ", for `-j`");
    line(State::kGood, "terminal",
         std::string(streams_.out_is_terminal ? std::to_string(streams_.width) + " columns"
                                              : "none, output goes elsewhere") +
             (color_ ? ", colours" : ", no colours"));
  }

  void folders() {
    for (const std::string& folder :
         {std::string("."), std::filesystem::temp_directory_path().string()}) {
      const auto checked = check_output(folder + "/shaketable-doctor");
      line(checked ? State::kGood : State::kBad, "can write into " + folder,
           checked ? "yes" : checked.error().message);
    }
  }

  // The first scenario of `init`, twice: what ends differently cannot be relied upon; then a
  // result, read back.
  void run_twice() {
    Diagnostics diagnostics;
    auto scenario = parse_scenario("doctor.yaml", std::string(first_scenario()), {}, diagnostics);
    if (!scenario) {
      line(State::kBad, "reads a scenario", render(diagnostics, false));
      return;
    }
    const std::vector<LoadedScenario> twice(
        2, {.scenario = std::move(*scenario), .source = source_of("doctor.yaml", {}, diagnostics)});
    std::vector<FinishedRun> runs;
    run_scenario_set(twice, {}, {.jobs = 2}, [&runs](std::size_t, FinishedRun run) {
      runs.push_back(std::move(run));
      return true;
    });
    const bool same = runs.size() == 2 && runs[0].record.fingerprint == runs[1].record.fingerprint;
    line(same ? State::kGood : State::kBad, "runs the same twice", same ? "yes" : "no");
    if (same) {
      const auto read = parse_result("doctor.json", reports::json_result(runs[0].report()));
      line(read ? State::kGood : State::kBad, "reads a result back",
           read ? "yes" : read.error().message);
    }
  }

  void programs() {
    streams_.out << "\nNot needed, used when there:\n";
    const std::pair<const char*, const char*> kUses[] = {
        {"xdg-open", "--open"},
        {"man", "the manual: shaketable man | man -l -"},
        {"sqlite3", "looking into recorded runs"},
    };
    for (const auto& [name, use] : kUses) {
      const auto found = find_program(name);
      line(found ? State::kGood : State::kMissing, name,
           found ? *found : std::string("not found; for ") + use);
    }
  }

  const Streams& streams_;
  bool color_;
  bool good_ = true;
};

}  // namespace

ExitCode examine_system(const DoctorArguments& arguments, const Streams& streams) {
  return Doctor(arguments, streams).examine();
}

}  // namespace shaketable::engine
