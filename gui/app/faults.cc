#include "gui/app/faults.h"

#include <QObject>
#include <algorithm>

#include "engine/mesh/model.h"
#include "gui/document/text_edit.h"

namespace shaketable::gui {
namespace {

std::uint32_t instances_of(const engine::Scenario& scenario, const std::string& name) {
  const engine::ServiceIndex service = engine::find_service(scenario.mesh, name);
  std::uint32_t instances = 0;
  if (service != engine::kNone) {
    for (const engine::Version& version : scenario.mesh.services[service].versions) {
      instances += version.instances;
    }
  }
  return instances;
}

std::vector<FaultGroup> of_service(const std::string& name, std::uint32_t instances) {
  const auto tr = [](const char* text) { return QObject::tr(text); };
  const std::string on = "on: " + yaml_scalar(name) + ", ";
  std::vector<FaultGroup> groups = {
      {tr("Slow down"),
       {{tr("CPU work 3 times as long"), name + "-slow", on + "slow: 3x"},
        {tr("CPU work 10 times as long"), name + "-slow", on + "slow: 10x"},
        {tr("200 ms more for every request"), name + "-delay", on + "delay: {add: 200ms}"},
        {tr("2 s more for half of the requests"), name + "-delay",
         on + "delay: {add: 2s, percent: 50%}"}}},
      {tr("Fail"),
       {{tr("503 for 10 %"), name + "-errors", on + "abort: {status: 503, percent: 10%}"},
        {tr("503 for 50 %"), name + "-errors", on + "abort: {status: 503, percent: 50%}"},
        {tr("503 for all"), name + "-errors", on + "abort: {status: 503}"},
        {tr("Reset 30 % of the streams"), name + "-resets", on + "reset: 30%"},
        {tr("Accept and never answer"), name + "-hangs", on + "blackhole: true"}}}};
  FaultGroup instances_group{tr("Instances"), {}};
  if (instances > 1) {
    instances_group.choices.push_back({tr("Kill one"), name + "-killed", on + "kill: 1", true});
    instances_group.choices.push_back(
        {tr("Slow one down 20 times"), name + "-slow-one", on + "instances: 1, slow: 20x"});
  }
  instances_group.choices.push_back(
      {instances > 1 ? tr("Kill all") : tr("Kill"), name + "-killed", on + "kill: all", true});
  instances_group.choices.push_back({tr("Stop the world"), name + "-paused", on + "pause: true"});
  groups.push_back(std::move(instances_group));
  return groups;
}

std::vector<FaultGroup> of_edge(const std::string& caller, const std::string& service) {
  const auto tr = [](const char* text) { return QObject::tr(text); };
  const std::string between =
      "between: [" + yaml_scalar(caller) + ", " + yaml_scalar(service) + "], ";
  const std::string name = caller + "-" + service;
  return {{tr("Network"),
           {{tr("Cut"), name + "-cut", between + "partition: true"},
            {tr("Lose 5 % of the messages"), name + "-loss", between + "loss: 5%"},
            {tr("Lose 30 % of the messages"), name + "-loss", between + "loss: 30%"}}}};
}

}  // namespace

std::vector<FaultGroup> faults_for(const Selection& selection, const engine::Scenario& scenario) {
  switch (selection.kind) {
    case Selection::Kind::kService:
      return of_service(selection.service, instances_of(scenario, selection.service));
    case Selection::Kind::kEdge: {
      auto groups = of_edge(selection.caller, selection.service);
      for (FaultGroup& group :
           of_service(selection.service, instances_of(scenario, selection.service))) {
        group.title =
            QStringLiteral("%1: %2").arg(QString::fromStdString(selection.service), group.title);
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
                      {{QObject::tr("Twice as much"), "load-doubled", "load: 2"},
                       {QObject::tr("Five times as much"), "load-surge", "load: 5"},
                       {QObject::tr("Half as much"), "load-halved", "load: 0.5"}}});
  }
  if (scenario.mesh.zones.size() > 1) {
    FaultGroup zones{QObject::tr("Zones"), {}};
    for (const std::string& zone : scenario.mesh.zones) {
      zones.choices.push_back({QObject::tr("Lose %1").arg(QString::fromStdString(zone)),
                               zone + "-lost", "zone_loss: " + yaml_scalar(zone), true});
    }
    groups.push_back(std::move(zones));
  }
  return groups;
}

std::string fault_text(const FaultChoice& choice, const std::string& length) {
  if (length.empty()) {
    return choice.what;
  }
  return choice.what + (choice.kills ? ", restart_after: " : ", for: ") + length;
}

}  // namespace shaketable::gui
