#include <algorithm>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "engine/mesh/check.h"
#include "reports/html/page.h"
#include "reports/html/policy_words.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

std::string source_of(const engine::SourceMark& mark) {
  return mark.line == 0 ? std::string()
                        : "<span class=\"src\">" + safe(mark.file, 120) + ":" +
                              std::to_string(mark.line) + "</span>";
}

std::vector<std::string> policy_row(const std::string& to, const std::string& from,
                                    const engine::ClusterPolicy& policy,
                                    const proxy::Route& route) {
  return {to,
          from,
          safe(timeout_words(route)),
          safe(retry_words(route)),
          safe(breaker_words(policy.circuit_breakers)),
          safe(outlier_words(policy)),
          safe(balancer_words(policy))};
}

void policies(Page& page) {
  const engine::Mesh& mesh = page.report.scenario.mesh;
  Table table{.caption = "As the sidecars have them at the start of the run, defaults filled in.",
              .heads = {"Calls to", "From", "Timeout", "Retries", "Circuit breaker",
                        "Outlier detection", "Load balancer"},
              .name = "policies"};
  table.rows.push_back(
      policy_row("everything else", "everybody", mesh.default_policy, mesh.default_route));
  std::size_t more = 0;
  for (const engine::DestinationPolicy& policy : mesh.policies) {
    if (table.rows.size() > page.limits.policies) {
      ++more;
      continue;
    }
    const std::string from =
        policy.from == engine::kNone
            ? "everybody"
            : safe(engine::service_name(page.report.scenario, policy.from), 60);
    table.rows.push_back(policy_row(
        service_link(page.report.scenario, policy.service) + source_of(policy.mark), from,
        policy.policy, policy.rules.empty() ? policy.default_route : policy.rules.front().route));
    for (const engine::RouteRule& rule : policy.rules) {
      if (table.rows.size() > page.limits.policies) {
        break;
      }
      table.rows.push_back({"&#8627; rule" + source_of(rule.mark), "",
                            safe(timeout_words(rule.route)), safe(retry_words(rule.route)),
                            "to " + safe(rule_words(mesh, rule), 240), "", ""});
    }
    for (const engine::Subset& subset : policy.subsets) {
      if (subset.policy && table.rows.size() <= page.limits.policies) {
        table.rows.push_back({"&#8627; subset " + safe(subset.name, 40) + source_of(subset.mark),
                              "", "", "", safe(breaker_words(subset.policy->circuit_breakers)),
                              safe(outlier_words(*subset.policy)),
                              safe(balancer_words(*subset.policy))});
      }
    }
  }
  page.out += "<h3>Policies</h3>\n" + markup_of(table);
  if (more > 0) {
    page.leave_out(std::to_string(more) + " more policies are in the files of the scenario.");
  }
}

void findings(Page& page) {
  constexpr std::size_t kMostRows = 60;
  const std::vector<engine::Finding> all = engine::check_mesh(page.report.scenario.mesh);
  page.out += "<h3>What `check` says about it</h3>\n";
  if (all.empty()) {
    page.out += "<p>Nothing: no setting that cannot do what its author hopes for.</p>\n";
    return;
  }
  Table table{
      .caption = "Settings that are allowed and yet may not do what their author hopes for.",
      .heads = {"Code", "Severity", "Finding", "What to do"},
      .name = "findings"};
  for (std::size_t i = 0; i < all.size() && i < kMostRows; ++i) {
    const engine::Finding& it = all[i];
    const bool is_warning = it.severity == engine::FindingSeverity::kWarning;
    table.rows.push_back(
        {safe(it.code, 20),
         marked(is_warning ? Tone::kDegraded : Tone::kNoData, is_warning ? "warning" : "note"),
         safe(it.message, 500) + source_of(it.mark), safe(it.hint, 500)});
  }
  page.out += markup_of(table);
  if (all.size() > kMostRows) {
    page.leave_out(std::to_string(all.size() - kMostRows) +
                   " more findings: run `shaketable check`.");
  }
}

}  // namespace

void write_configuration(Page& page) {
  page.out += begin_section("configuration", "Configuration");
  policies(page);
  findings(page);
  page.out += "</section>\n";
}

void write_explanations(Page& page) {
  constexpr std::size_t kMost = 100;
  const auto& all = page.report.record.explanations;
  if (all.empty()) {
    return;
  }
  page.out += begin_section("explanations", "What did not act, and why");
  page.out += "<ul>\n";
  for (std::size_t i = 0; i < all.size() && i < kMost; ++i) {
    page.out += "<li>" + safe(explanation_text(page.report, all[i]), 500) + "</li>\n";
  }
  page.out += "</ul>\n";
  if (all.size() > kMost) {
    page.leave_out(std::to_string(all.size() - kMost) +
                   " more explanations are in the JSON result.");
  }
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
