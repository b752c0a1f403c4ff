#pragma once

#include <memory>
#include <string>
#include <utility>

#include "engine/judge/judge.h"
#include "reports/report.h"
#include "tests/support/hostile_names.h"
#include "tests/support/shop_run.h"

namespace shaketable::reports {

/// A record with everything that a report refers to.
class JudgedRun {
 public:
  explicit JudgedRun(engine::RecordBuilder builder)
      : builder_(std::move(builder)),
        record_(builder_.finish()),
        verdict_(engine::judge(builder_.scenario, record_)) {}

  [[nodiscard]] Report report() const {
    return {.scenario = builder_.scenario,
            .record = record_,
            .verdict = verdict_,
            .command = "shaketable run " + builder_.scenario.file + " --seed 7"};
  }

 private:
  engine::RecordBuilder builder_;
  engine::RunRecord record_;
  engine::Verdict verdict_;
};

/// The shop with a hostile name wherever a file may bring one.
[[nodiscard]] inline JudgedRun hostile_run(const std::string& name) {
  engine::RecordBuilder shop = engine::shop_run();
  engine::Scenario& scenario = shop.scenario;
  scenario.name = name;
  scenario.about = name;
  scenario.file = name;
  scenario.mesh.services[0].name = name;
  scenario.mesh.services[2].name = name + "2";
  scenario.faults[0].name = name;
  for (engine::Expectation& expectation : scenario.expectations) {
    expectation.text += name;
    expectation.mark.file = name;
  }
  for (engine::RunEvent& event : shop.record.events) {
    event.reason = name;
  }
  shop.record.explanations[0].text = name;
  return JudgedRun(std::move(shop));
}

/// A mesh of `services` services, one after the other, and a run of `seconds` on it.
[[nodiscard]] inline JudgedRun large_run(int services, int seconds) {
  std::vector<std::string> names;
  for (int i = 0; i < services; ++i) {
    names.push_back("service-" + std::to_string(i));
  }
  engine::RecordBuilder builder(names, seconds);
  builder.fault("slow", engine::FaultKind::kDelay, names[0], seconds / 2, seconds / 4);
  using std::chrono::milliseconds;
  for (int i = 0; i < services; ++i) {
    const auto index = static_cast<std::size_t>(i);
    const auto count = static_cast<std::uint64_t>(10 + i);
    builder.service(names[index], {{0, seconds / 2, count, 0, milliseconds(5)},
                                   {seconds / 2, seconds, count, count / 3, milliseconds(50)}});
    builder.gauges(names[index], 500'000);
    if (i > 0) {
      builder.edge(names[index / 3], names[index],
                   {{0, seconds, count, count / 4, milliseconds(6), 2}});
    }
  }
  return JudgedRun(std::move(builder));
}

}  // namespace shaketable::reports
