// How long the page of a run takes to be written: 30 services by 600 points, and 1,000 services.
// usage: report_bench [FOLDER]; writes the pages there when a folder is given.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "reports/html/html_report.h"
#include "tests/reports/judged_run.h"

namespace {

namespace reports = shaketable::reports;

void measure(const char* name, const reports::JudgedRun& run, const std::string& folder) {
  constexpr int kRounds = 5;
  double best = 1e9;
  std::string page;
  for (int i = 0; i < kRounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    page = reports::write_html(run.report());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count());
  }
  std::cout << name << ": written in " << best << " ms (best of " << kRounds << "), "
            << page.size() / 1000 << " kB\n";
  if (!folder.empty()) {
    std::filesystem::create_directories(folder);
    std::ofstream(std::filesystem::path(folder) / (std::string(name) + ".html"), std::ios::binary)
        << page;
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string folder = count > 1 ? arguments[1] : "";
  measure("thirty", reports::large_run(30, 600), folder);
  measure("thousand", reports::large_run(1'000, 60), folder);
  return 0;
}
