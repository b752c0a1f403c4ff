#include "reports/analysis_rows.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/judge/names.h"
#include "engine/judge/units.h"

namespace shaketable::reports {
namespace {

using engine::format_count;
using engine::format_duration;
using engine::format_instant;
using engine::format_millionths;

constexpr std::size_t kMostRoots = 4;
constexpr std::size_t kMostStepsOfRoot = 10;
constexpr std::size_t kMostLines = 8;
constexpr std::size_t kDeepest = 5;

void end_section(AnalysisSection section, std::vector<AnalysisSection>& out) {
  if (!section.lines.empty()) {
    out.push_back(std::move(section));
  }
}

std::string and_more(std::size_t count, const char* one, const char* many) {
  return "... and " + format_count(count) + " more " + (count == 1 ? one : many);
}

// "noticed after 300 ms, first policy acted after 700 ms, all back 10 s after it ended"
std::string times_of(const engine::RootCause& root) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (root.seen != proxy::kNever && root.fault != engine::kNone) {
    add(root.seen == root.at ? std::string("visible at once")
                             : "visible after " + format_duration(root.seen - root.at));
  }
  if (root.acted != proxy::kNever) {
    add("a policy acted after " + format_duration(root.acted - root.at));
  }
  if (root.recovered == proxy::kNever) {
    add("not all services were back when the run ended");
  } else if (root.ended != proxy::kNever && root.recovered > root.ended) {
    add("all back " + format_duration(root.recovered - root.ended) + " after it ended");
  } else {
    add("all back at " + format_instant(root.recovered));
  }
  return text;
}

// The steps of a root as a tree, each below the one that explains it.
class Tree {
 public:
  Tree(const Report& report, const engine::RootCause& root, AnalysisSection& section)
      : report_(report), section_(section) {
    const engine::Cascade& cascade = report.verdict.analysis.cascade;
    for (const std::uint32_t s : root.steps) {
      const engine::CascadeStep& step = cascade.steps[s];
      if (!first_.try_emplace(step.service, s).second) {
        continue;  // Later ones do not tell how it got there.
      }
      const std::uint32_t parent = step.parent == engine::kNone
                                       ? engine::kNone
                                       : first_.at(cascade.steps[step.parent].service);
      (parent == engine::kNone ? tops_ : children_[parent]).push_back(s);
    }
  }

  void tell() {
    for (const std::uint32_t top : tops_) {
      tell_step(top, 1);
    }
    if (told_ > kMostStepsOfRoot) {
      section_.lines.push_back({1, and_more(told_ - kMostStepsOfRoot, "service", "services")});
    }
  }

 private:
  // Depth is bounded by the number of services on a call path.
  void tell_step(std::uint32_t number, std::size_t depth) {
    const engine::CascadeStep& step = report_.verdict.analysis.cascade.steps[number];
    if (told_++ < kMostStepsOfRoot) {
      section_.lines.push_back(
          {std::min(depth, kDeepest), format_instant(step.at) + "  " +
                                          engine::service_name(report_.scenario, step.service) +
                                          ": " + step.text});
    }
    const auto found = children_.find(number);
    for (std::size_t i = 0; found != children_.end() && i < found->second.size(); ++i) {
      tell_step(found->second[i], depth + 1);
    }
  }

  const Report& report_;
  AnalysisSection& section_;
  std::vector<std::uint32_t> tops_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> children_;
  std::map<engine::ServiceIndex, std::uint32_t> first_;  // Its first step of this root.
  std::size_t told_ = 0;
};

void add_root(const Report& report, const engine::RootCause& root, AnalysisSection& section) {
  section.lines.push_back({0, root.text + ": " + times_of(root)});
  Tree(report, root, section).tell();
}

void add_amplification(const Report& report, AnalysisSection& section) {
  const engine::Cascade& cascade = report.verdict.analysis.cascade;
  constexpr std::int64_t kTelling = 1'200'000;
  std::string text;
  std::size_t told = 0;
  for (const engine::EdgeAmplification& edge : cascade.amplification) {
    if (edge.worst_ppm < kTelling || told == 4) {
      break;
    }
    ++told;
    text += (text.empty() ? "retries at their worst: " : ", ") +
            engine::edge_name(report.scenario, edge.caller, edge.service) + " x" +
            format_millionths(edge.worst_ppm, 1) + " at " + format_instant(edge.worst_at);
  }
  if (told > 1 && cascade.worst_path.services.size() > 2) {
    text += "; together x" + format_millionths(cascade.worst_path.product_ppm, 1) + " along " +
            std::to_string(cascade.worst_path.services.size() - 1) + " calls";
  }
  if (!text.empty()) {
    section.lines.push_back({0, text});
  }
}

AnalysisSection spread_section(const Report& report) {
  const engine::Cascade& cascade = report.verdict.analysis.cascade;
  AnalysisSection section{.title = "How it spread"};
  for (std::size_t i = 0; i < cascade.roots.size() && i < kMostRoots; ++i) {
    add_root(report, cascade.roots[i], section);
  }
  if (cascade.roots.size() > kMostRoots) {
    section.lines.push_back({0, and_more(cascade.roots.size() - kMostRoots, "cause", "causes")});
  }
  add_amplification(report, section);
  for (std::size_t i = 0; i < cascade.coincidences.size() && i < kMostLines; ++i) {
    section.lines.push_back({0, cascade.coincidences[i].text});
  }
  return section;
}

template <class Items>
AnalysisSection texts_of(const char* title, const Items& items) {
  AnalysisSection section{.title = title};
  for (const auto& item : items) {
    if (!item.text.empty() && section.lines.size() < kMostLines) {
      section.lines.push_back({0, item.text});
    }
  }
  return section;
}

// Versions that merely run side by side are no canary: somebody weighs them, or one of them fails.
bool is_telling(const engine::CanaryAnalysis& canary) {
  return canary.failed > 0 ||
         std::any_of(canary.split.begin(), canary.split.end(),
                     [](const engine::SplitSpan& span) { return !span.wanted_ppm.empty(); });
}

AnalysisSection canary_section(const Report& report) {
  AnalysisSection section{.title = "Versions side by side"};
  for (const engine::CanaryAnalysis& canary : report.verdict.analysis.canaries) {
    if (!is_telling(canary) || section.lines.size() >= 2 * kMostLines) {
      continue;
    }
    section.lines.push_back({0, canary.text});
    for (const engine::CanaryOpinion& opinion : canary.opinions) {
      section.lines.push_back({1, opinion.text});
    }
  }
  return section;
}

AnalysisSection capacity_section(const Report& report) {
  const engine::Capacity& capacity = report.verdict.analysis.capacity;
  AnalysisSection section{.title = "Limits"};
  if (!capacity.text.empty()) {
    section.lines.push_back({0, capacity.text});
  }
  for (const engine::LittleCheck& check : capacity.little) {
    if (!check.holds && section.lines.size() < kMostLines) {
      section.lines.push_back({0, check.text});
    }
  }
  return section;
}

}  // namespace

const char* why_label(const Report& report) {
  return report.verdict.passed && report.verdict.known_failures == 0 ? "In short" : "Why";
}

std::string why_line(const Report& report) {
  const std::string& headline = report.verdict.analysis.cascade.headline;
  return headline.empty() ? "" : why_label(report) + (": " + headline);
}

std::vector<AnalysisSection> analysis_sections(const Report& report) {
  const engine::Analysis& analysis = report.verdict.analysis;
  std::vector<AnalysisSection> sections;
  end_section(spread_section(report), sections);
  end_section(texts_of("What outlived its trigger", analysis.metastability), sections);
  end_section(canary_section(report), sections);
  end_section(texts_of("What policies saved and cost", analysis.lanes.effects), sections);
  end_section(capacity_section(report), sections);
  return sections;
}

}  // namespace shaketable::reports
