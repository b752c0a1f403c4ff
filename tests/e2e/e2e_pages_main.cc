// Writes the pages that the end-to-end tests open. usage: e2e_pages FOLDER
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "engine/judge/comparison.h"
#include "engine/judge/run_summary.h"
#include "reports/html/comparison_page.h"
#include "reports/html/html_report.h"
#include "reports/html/index_page.h"
#include "tests/reports/judged_run.h"

namespace {

using shaketable::reports::JudgedRun;

bool write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  return file.good();
}

// The shop twice, with changes that are made up.
std::string comparison_page() {
  namespace engine = shaketable::engine;
  namespace reports = shaketable::reports;
  const JudgedRun before(engine::shop_run());
  const JudgedRun after(engine::shop_run());
  const auto side_of = [](const char* name, const reports::Report& report) {
    return engine::ComparedSide{
        .name = name,
        .scenario = report.scenario,
        .record = report.record,
        .verdict = report.verdict,
        .runs = {engine::summarise(report.scenario, report.record, report.verdict)}};
  };
  engine::RunComparison comparison = engine::compare_runs(
      side_of("before.json", before.report()), side_of("after.json", after.report()), {});
  comparison.deltas.front().change = engine::Change::kWorse;
  for (engine::Delta& delta : comparison.deltas) {
    if (delta.kind == engine::SignalSummary::Kind::kService) {
      delta.change = engine::Change::kWorse;
      break;
    }
  }
  comparison.configuration = {{"shop.yaml: services.payment.work", "5 ms", "10 ms"}};
  return reports::write_comparison_html(before.report(), after.report(), comparison);
}

}  // namespace

int main(int count, char** arguments) {
  namespace reports = shaketable::reports;
  if (count != 2) {
    std::cerr << "usage: e2e_pages FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  std::filesystem::create_directories(folder);
  const JudgedRun shop(shaketable::engine::shop_run());
  const JudgedRun large = reports::large_run(1'000, 60);
  bool good = write(folder / "shop.html", reports::write_html(shop.report())) &&
              write(folder / "thousand.html", reports::write_html(large.report()));
  const std::vector<reports::IndexEntry> entries{
      reports::index_entry(shop.report(), "shop.html"),
      reports::index_entry(reports::large_run(30, 60).report(), "thousand.html")};
  good = good && write(folder / "index.html", reports::write_index_html(entries));
  good = good && write(folder / "comparison.html", comparison_page());
  std::vector<std::string> names = shaketable::hostile_names();
  names.emplace_back(10'000, 'w');
  for (std::size_t i = 0; i < names.size() && good; ++i) {
    const std::string name = "hostile-" + std::to_string(i) + ".html";
    good = write(folder / name, reports::write_html(reports::hostile_run(names[i]).report()));
  }
  if (!good) {
    std::cerr << "e2e_pages: cannot write into " << folder << '\n';
    return 1;
  }
  return 0;
}
