#include "gui/workbench/time_edits.h"

#include <algorithm>

#include "engine/judge/names.h"
#include "gui/document/item_edits.h"
#include "gui/document/value_edits.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

std::string moment_yaml(engine::Instant at) { return duration_yaml(at.time_since_epoch()); }

}  // namespace

engine::Duration on_grid(engine::Duration duration, engine::Instant end_of_run) {
  using std::chrono::milliseconds;
  const engine::Duration step = end_of_run >= engine::Instant(std::chrono::seconds(30))
                                    ? milliseconds(500)
                                    : milliseconds(100);
  return (duration + step / 2) / step * step;
}

proxy::Result<DocumentEdit> move_fault(const engine::ScenarioSource& source,
                                       const engine::Fault& fault, engine::Instant at) {
  std::vector<ValueChange> changes = {{{"faults", fault.name, "at"}, moment_yaml(at)}};
  const KeyPath until{"faults", fault.name, "until"};
  if (!written_value(source, until).empty()) {
    changes.push_back({until, moment_yaml(at + (engine::end_of_fault(fault) - fault.at))});
  }
  return set_values(source, "Move fault " + fault.name, changes);
}

proxy::Result<DocumentEdit> stretch_fault(const engine::ScenarioSource& source,
                                          const engine::Fault& fault, engine::Instant from,
                                          engine::Instant to) {
  std::string key = engine::is_death(fault.kind) ? "restart_after" : "for";
  std::string value = duration_yaml(to - from);
  if (!written_value(source, {"faults", fault.name, "until"}).empty()) {
    key = "until";
    value = moment_yaml(to);
  } else if (!written_value(source, {"faults", fault.name, "for"}).empty()) {
    key = "for";  // Of a zone that is lost: its `for` is when it comes back.
  }
  std::vector<ValueChange> changes;
  if (from != fault.at) {
    changes.push_back({{"faults", fault.name, "at"}, moment_yaml(from)});
  }
  changes.push_back({{"faults", fault.name, key}, value});
  return set_values(source, "Change how long fault " + fault.name + " lasts", changes);
}

proxy::Result<DocumentEdit> stretch_load(const engine::ScenarioSource& source,
                                         const engine::Load& load, engine::Instant from,
                                         engine::Instant to, engine::Instant end_of_run) {
  return set_values(
      source, "Move load " + load.name,
      {{{"load", load.name, "at"}, from <= engine::Instant{} ? "" : moment_yaml(from)},
       {{"load", load.name, "until"}, to >= end_of_run ? "" : moment_yaml(to)}});
}

std::vector<bool> movable_windows(const engine::ScenarioSource& source) {
  const auto is_time = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789.smhnu") == std::string_view::npos &&
           text.front() >= '0' && text.front() <= '9';
  };
  std::vector<bool> movable;
  for (const std::string& during : item_values(source, {"expect"}, "during")) {
    const std::string_view text = during;
    const std::size_t dots = text.find("..");
    movable.push_back(dots != std::string_view::npos && is_time(text.substr(0, dots)) &&
                      is_time(text.substr(dots + 2)));
  }
  return movable;
}

proxy::Result<DocumentEdit> move_window(const engine::ScenarioSource& source,
                                        std::size_t expectation, engine::Instant from,
                                        engine::Instant to) {
  auto edit = set_item_value(source, {"expect"}, expectation, "during",
                             moment_yaml(from) + ".." + moment_yaml(to));
  if (edit) {
    edit->label = "Move what is expected";
  }
  return edit;
}

}  // namespace shaketable::gui
