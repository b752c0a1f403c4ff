#include <string>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_readers.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

SubsetRule read_subset(const Node& node, const std::string& path, Diagnostics& diagnostics) {
  SubsetRule subset;
  subset.mark = mark_of(node);
  FieldReader fields(&node, path, diagnostics);
  subset.name = read_string(fields.require("name"), diagnostics).value_or("");
  subset.labels = read_labels(fields.take("labels"), diagnostics);
  if (const Node* policy = fields.take("trafficPolicy")) {
    subset.policy = read_traffic_policy(*policy, fields.path("trafficPolicy"), false, diagnostics);
  }
  fields.finish();
  if (!subset.name.empty() && !is_dns_label(subset.name)) {
    fields.reject("name", quoted(subset.name) + " is no name of a subset");
  }
  return subset;
}

}  // namespace

DestinationRule read_destination_rule(const Node& object, const Node* spec, ObjectMeta meta,
                                      Diagnostics& diagnostics) {
  DestinationRule rule;
  rule.meta = std::move(meta);
  if (spec == nullptr || spec->is_null()) {
    say(object, Severity::kError, code::kIstioRejected,
        "Istio refuses this: a DestinationRule without spec", {}, diagnostics);
    return rule;
  }
  FieldReader fields(spec, "spec", diagnostics);
  if (const Node* host = fields.require("host")) {
    rule.host = {read_string(host, diagnostics).value_or(""), mark_of(*host)};
    if (!is_valid_host(rule.host.text)) {
      fields.reject("host", quoted(rule.host.text) + " is no host");
    }
  }
  if (const Node* policy = fields.take("trafficPolicy")) {
    rule.policy = read_traffic_policy(*policy, fields.path("trafficPolicy"), false, diagnostics);
  }
  if (const Node* subsets = fields.take("subsets")) {
    std::size_t index = 0;
    for (const Node* item : read_sequence(subsets, diagnostics, "a list of subsets")) {
      rule.subsets.push_back(
          read_subset(*item, item_path(fields.path("subsets"), index++), diagnostics));
    }
  }
  for (Host& text : read_texts(fields.take("exportTo"), diagnostics, "a list of namespaces")) {
    rule.export_to.push_back(std::move(text.text));
  }
  if (const Node* selector = fields.take("workloadSelector")) {
    FieldReader labels(selector, fields.path("workloadSelector"), diagnostics);
    rule.workload_selector = read_labels(labels.take("matchLabels"), diagnostics);
    labels.finish();
    if (rule.workload_selector.empty()) {
      fields.warn("workloadSelector", code::kIstioNoEffect,
                  "spec.workloadSelector has no labels: the rule applies to every caller");
    }
  }
  fields.finish();
  return rule;
}

}  // namespace shaketable::engine::istio
