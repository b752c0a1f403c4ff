#include "gui/app/faults.h"

#include <QObject>
#include <algorithm>

#include "engine/mesh/model.h"
#include "gui/document/text_edit.h"

namespace shaketable::gui {
namespace {

constexpr std::uint32_t kMostListed = 20;  // The dialog has them all.

// How many instances and versions a service has.
struct Size {
  std::uint32_t instances = 0;
  std::size_t versions = 0;
};

Size size_of(const engine::Scenario& scenario, const std::string& name) {
  const engine::ServiceIndex service = engine::find_service(scenario.mesh, name);
  Size size;
  if (service != engine::kNone) {
    for (const engine::Version& version : scenario.mesh.services[service].versions) {
      size.instances += version.instances;
      ++size.versions;
    }
  }
  return size;
}

QString say(const char* words) { return QObject::tr(words); }

// What happens to requests: `on` is where, `name` what faults there are called.
std::vector<FaultGroup> of_requests(const std::string& on, const std::string& name) {
  const auto choice = [&](const char* title, const char* suffix, const char* what) {
    return FaultChoice{
        .title = say(title), .name = name + suffix, .what = on + what, .rises = true};
  };
  return {
      {say("Slow down"),
       {choice("200 ms more for every request", "-delay", "delay: {add: 200ms}"),
        choice("2 s more for half of the requests", "-delay", "delay: {add: 2s, percent: 50%}")}},
      {say("Fail"),
       {choice("503 for 10 %", "-errors", "abort: {status: 503, percent: 10%}"),
        choice("503 for 50 %", "-errors", "abort: {status: 503, percent: 50%}"),
        choice("503 for all", "-errors", "abort: {status: 503}"),
        choice("Reset 30 % of the streams", "-resets", "reset: 30%"),
        choice("Accept and never answer", "-hangs", "blackhole: true")}}};
}

std::vector<FaultGroup> of_service(const std::string& name, const Size& size) {
  const std::string on = "on: " + yaml_scalar(name) + ", ";
  std::vector<FaultGroup> groups = of_requests(on, name);
  const auto slow = [&](const char* title, const char* factor) {
    return FaultChoice{
        .title = say(title), .name = name + "-slow", .what = on + "slow: " + factor, .rises = true};
  };
  auto& slower = groups.front().choices;
  slower.insert(slower.begin(),
                {slow("CPU work 3 times as long", "3x"), slow("CPU work 10 times as long", "10x")});
  FaultGroup own{say("Instances"), {}};
  if (size.instances > 1) {
    own.choices.push_back({.title = say("Kill one"),
                           .name = name + "-killed",
                           .what = on + "kill: 1",
                           .kills = true});
    own.choices.push_back({.title = say("Slow one down 20 times"),
                           .name = name + "-slow-one",
                           .what = on + "instances: 1, slow: 20x",
                           .rises = true});
  }
  own.choices.push_back({.title = size.instances > 1 ? say("Kill all") : say("Kill"),
                         .name = name + "-killed",
                         .what = on + "kill: all",
                         .kills = true});
  own.choices.push_back(
      {.title = say("Stop the world"), .name = name + "-paused", .what = on + "pause: true"});
  if (size.versions == 1) {
    own.choices.push_back({.title = say("Rolling update"),
                           .name = name + "-deploy",
                           .what = on + "deploy: true",
                           .ends_itself = true});
  }
  groups.push_back(std::move(own));
  return groups;
}

std::vector<FaultGroup> of_edge(const std::string& caller, const std::string& service) {
  const std::string between =
      "between: [" + yaml_scalar(caller) + ", " + yaml_scalar(service) + "], ";
  const std::string name = caller + "-" + service;
  std::vector<FaultGroup> groups =
      of_requests("on: " + yaml_scalar(caller + " -> " + service) + ", ", name);
  groups.push_back(
      {say("Network"),
       {{.title = say("Cut"), .name = name + "-cut", .what = between + "partition: true"},
        {.title = say("Lose 5 % of the messages"),
         .name = name + "-loss",
         .what = between + "loss: 5%",
         .rises = true},
        {.title = say("Lose 30 % of the messages"),
         .name = name + "-loss",
         .what = between + "loss: 30%",
         .rises = true}}});
  return groups;
}

}  // namespace

std::vector<FaultGroup> faults_for(const Selection& selection, const engine::Scenario& scenario) {
  switch (selection.kind) {
    case Selection::Kind::kService:
      return of_service(selection.service, size_of(scenario, selection.service));
    case Selection::Kind::kEdge: {
      auto groups = of_edge(selection.caller, selection.service);
      for (FaultGroup& group :
           of_service(selection.service, size_of(scenario, selection.service))) {
        group.title = QObject::tr("All of %1: %2")
                          .arg(QString::fromStdString(selection.service), group.title);
        groups.push_back(std::move(group));
      }
      return groups;
    }
    case Selection::Kind::kNothing:
      break;
  }
  std::vector<FaultGroup> groups;
  if (!scenario.loads.empty()) {
    groups.push_back({QObject::tr("Load"),
                      {{QObject::tr("Twice as much"), "load-doubled", "load: 2", false, true},
                       {QObject::tr("Five times as much"), "load-surge", "load: 5", false, true},
                       {QObject::tr("Half as much"), "load-halved", "load: 0.5", false, true}}});
  }
  if (scenario.mesh.zones.size() > 1) {
    FaultGroup zones{QObject::tr("Zones"), {}};
    for (const std::string& zone : scenario.mesh.zones) {
      zones.choices.push_back({QObject::tr("Lose %1").arg(QString::fromStdString(zone)),
                               zone + "-lost", "zone_loss: " + yaml_scalar(zone), true});
    }
    groups.push_back(std::move(zones));
  }
  if (const std::uint32_t nodes = scenario.mesh.nodes; nodes > 0) {
    FaultGroup machines{QObject::tr("Machines"), {}};
    for (std::uint32_t node = 0; node < std::min(nodes, kMostListed); ++node) {
      const std::string name = engine::node_name(node);
      machines.choices.push_back({QObject::tr("Lose %1").arg(QString::fromStdString(name)),
                                  name + "-lost", "node_loss: " + name, true});
    }
    groups.push_back(std::move(machines));
  }
  return groups;
}

std::string fault_text(const FaultChoice& choice, const std::string& length,
                       const std::string& ramp) {
  std::string text = choice.what;
  if (!length.empty() && !choice.ends_itself) {
    text += (choice.kills ? ", restart_after: " : ", for: ") + length;
  }
  if (choice.rises && !ramp.empty()) {
    text += ", ramp: " + ramp;
  }
  return text;
}

}  // namespace shaketable::gui
