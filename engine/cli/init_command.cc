#include <algorithm>
#include <filesystem>
#include <ostream>
#include <system_error>
#include <vector>

#include "engine/cli/cli.h"
#include "engine/cli/output_file.h"
#include "engine/cli/templates.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema.h"

namespace shaketable::engine {
namespace {

constexpr char kModeline[] = "# yaml-language-server: $schema=schema.json\n";

// The text of a template; nothing when there is no such.
const std::string_view* find_template(const std::string& name) {
  static const std::string_view kFirst = first_scenario();
  if (name.empty()) {
    return &kFirst;
  }
  for (const ScenarioTemplate& it : scenario_templates()) {
    if (it.name == name) {
      return &it.text;
    }
  }
  return nullptr;
}

void report_unknown(const std::string& name, const Streams& streams) {
  std::vector<std::string_view> names;
  std::string list;
  for (const ScenarioTemplate& it : scenario_templates()) {
    names.push_back(it.name);
    list += (list.empty() ? "" : ", ") + std::string(it.name);
  }
  const std::string nearest = nearest_name(name, names);
  streams.err << "shaketable: no such template: " << quoted(name) << "; there are " << list;
  if (!nearest.empty()) {
    streams.err << "; did you mean " << nearest << '?';
  }
  streams.err << '\n';
}

bool fails(const proxy::Result<void>& result, const Streams& streams) {
  if (!result) {
    streams.err << "shaketable: " << printable(result.error().where, 300) << ": "
                << result.error().message << '\n';
  }
  return !result;
}

}  // namespace

ExitCode init_folder(const InitArguments& arguments, const Streams& streams) {
  const std::string_view* text = find_template(arguments.template_name);
  if (text == nullptr) {
    report_unknown(arguments.template_name, streams);
    return ExitCode::kUsage;
  }
  const std::filesystem::path folder(arguments.directory);
  const std::string name =
      (arguments.template_name.empty() ? "scenario" : arguments.template_name) + ".yaml";
  const std::string scenario = (folder / name).lexically_normal().string();
  const std::string schema = (folder / "schema.json").lexically_normal().string();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (std::filesystem::exists(scenario)) {
    streams.err << "shaketable: " << printable(scenario, 300)
                << ": there is such a file already; nothing was written\n";
    return ExitCode::kUsage;
  }
  if (fails(check_output(scenario), streams) || fails(check_output(schema), streams)) {
    return ExitCode::kUsage;
  }
  if (fails(write_output(scenario, kModeline + std::string(*text)), streams) ||
      fails(write_output(schema, schema_json()), streams)) {
    return ExitCode::kRuntime;
  }
  streams.out << "Wrote " << printable(scenario, 300) << " and " << printable(schema, 300)
              << ".\nNow: shaketable run " << printable(scenario, 300) << '\n';
  return ExitCode::kPassed;
}

}  // namespace shaketable::engine
