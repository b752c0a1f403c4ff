#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"

// `expect:`. Each item is a metric, an event, a recovery or a blast radius.
namespace shaketable::engine {
namespace {

class ExpectationReader {
 public:
  explicit ExpectationReader(ScenarioContext& context)
      : context_(context), diagnostics_(context.diagnostics) {}

  void read(const Node& node) {
    ObjectReader map(&node, spec::kExpectation, diagnostics_);
    node_ = &node;
    metric_ = map.get("metric");
    of_ = map.get("of");
    must_ = map.get("must");
    during_ = map.get("during");
    event_ = map.get("event");
    within_ = map.get("within");
    never_ = map.get("never");
    recovered_ = map.get("recovered");
    blast_radius_ = map.get("blast_radius");
    expectation_.mark = mark_of(&node);
    assign(expectation_.expected_to_fail, read_bool(map.get("fails"), diagnostics_));
    map.finish();
    if (!map.ok()) {
      return;
    }
    const int forms = (metric_ != nullptr) + (event_ != nullptr) + (recovered_ != nullptr) +
                      (blast_radius_ != nullptr);
    if (forms != 1) {
      context_.names.error(node, code::kBadExpectation,
                           forms == 0 ? "this expects nothing" : "one expectation at a time",
                           "one of metric, event, recovered, blast_radius");
      return;
    }
    const std::size_t errors = diagnostics_.error_count();
    read_form();
    if (diagnostics_.error_count() == errors) {
      context_.scenario.expectations.push_back(std::move(expectation_));
    }
  }

 private:
  void read_form() {
    if (metric_ != nullptr) {
      read_metric();
    } else if (event_ != nullptr) {
      read_event();
    } else if (recovered_ != nullptr) {
      read_recovery();
    } else {
      read_blast_radius();
    }
  }

  void refuse(const Node* node, const char* form) {
    if (node != nullptr) {
      context_.names.error(*node, code::kBadExpectation,
                           std::string("this setting means nothing for ") + form,
                           "see the forms of `expect`");
    }
  }

  const Node* need(const Node* node, const char* key, const char* example) {
    if (node == nullptr) {
      context_.names.error(*node_, code::kMissingKey, quoted(key) + " is missing", example);
    }
    return node;
  }

  void read_metric() {
    refuse(within_, "a metric, which has `during`");
    refuse(never_, "a metric");
    MetricExpectation what;
    const auto metric = read_enum(metric_, diagnostics_, words::kMetric, "a metric");
    if (of_ != nullptr) {
      assign(what.subject, read_subject(of_, context_));
    } else {
      what.subject = only_entry();
    }
    assign(what.window, read_during(during_, context_));
    need(must_, "must", "a bound such as \"< 400ms\"");
    if (!metric) {
      return;
    }
    what.metric = *metric;
    assign(what.bound, read_bound(must_, *metric, context_));
    check_metric(what);
    expectation_.text = std::string(metric_->text()) + " of " + what.subject.text + " " +
                        what.bound.text + clause(what.window);
    expectation_.what = std::move(what);
  }

  Subject only_entry() {
    Subject subject;
    int entries = 0;
    const auto& services = context_.names.mesh.services;
    for (ServiceIndex i = 0; i < services.size(); ++i) {
      if (services[i].entry) {
        ++entries;
        subject.service = i;
        subject.text = services[i].name;
      }
    }
    if (entries != 1) {
      context_.names.error(
          *node_, code::kMissingKey,
          "\"of\" is missing, and the mesh has " + std::to_string(entries) + " entry services",
          "`of: SERVICE`");
    }
    return subject;
  }

  void check_metric(const MetricExpectation& what) {
    using Kind = Subject::Kind;
    const Kind kind = what.subject.kind;
    const bool gauge = what.metric == Metric::kUtilisation || what.metric == Metric::kQueue;
    const Node& place = of_ != nullptr ? *of_ : *metric_;
    if (gauge && kind != Kind::kService) {
      context_.names.error(place, code::kBadExpectation,
                           quoted(metric_->text()) + " is measured on a service as a whole",
                           "a service");
    } else if (what.metric == Metric::kShare && kind != Kind::kVersion) {
      context_.names.error(place, code::kBadExpectation,
                           "a share is that of a version in its service",
                           "a version, such as \"payment v2\"");
    } else if (what.metric == Metric::kRetryRatio && kind != Kind::kEdge &&
               kind != Kind::kService) {
      context_.names.error(place, code::kBadExpectation,
                           "retries are counted on edges and services",
                           "an edge, such as \"gateway -> payment\"");
    }
  }

  void read_event() {
    refuse(must_, "an event");
    EventExpectation what;
    assign(what.event, read_enum(event_, diagnostics_, words::kEvent, "an event"));
    assign(what.subject, read_subject(of_, context_));
    assign(what.never, read_bool(never_, diagnostics_));
    if (within_ != nullptr && during_ != nullptr) {
      context_.names.error(*during_, code::kContradiction,
                           "`within` and `during` exclude each other", "one of the two");
    }
    assign(what.window, read_within(within_, context_));
    assign(what.window, read_during(during_, context_));
    expectation_.text = std::string(what.never ? "no " : "") + std::string(event_->text()) +
                        (of_ != nullptr ? " of " + what.subject.text : "") + clause(what.window);
    expectation_.what = std::move(what);
  }

  void read_recovery() {
    refuse(must_, "a recovery");
    refuse(of_, "a recovery, which names its subject itself");
    refuse(during_, "a recovery, which has `within`");
    RecoveryExpectation what;
    assign(what.subject, read_subject(recovered_, context_));
    assign(what.never, read_bool(never_, diagnostics_));
    if (what.subject.kind == Subject::Kind::kJourney) {
      refuse(recovered_, "a journey: services, endpoints, versions and edges recover");
    }
    if (within_ != nullptr) {
      assign(what.window, read_within(within_, context_));
    } else if (!what.never) {
      need(within_, "within", "`within: 20s of end of FAULT`");
    } else {
      what.window.from = last_end();
    }
    expectation_.text =
        what.subject.text + (what.never ? " never recovers" : " recovers") + clause(what.window);
    expectation_.what = std::move(what);
  }

  /// When the last fault that ends is over; the start of the run when there is none.
  [[nodiscard]] Instant last_end() const {
    Instant last{};
    for (const Fault& fault : context_.scenario.faults) {
      const Instant end = end_of_fault(fault);
      last = end != proxy::kNever && end > last ? end : last;
    }
    return last;
  }

  void read_blast_radius() {
    refuse(of_, "a blast radius");
    refuse(during_, "a blast radius");
    refuse(within_, "a blast radius");
    refuse(never_, "a blast radius");
    BlastRadiusExpectation what;
    what.fault = context_.fault(*blast_radius_);
    assign(what.bound, read_service_bound(need(must_, "must", "\"<= 2 services\""), context_));
    expectation_.text =
        "blast radius of " + std::string(blast_radius_->text()) + " " + what.bound.text;
    expectation_.what = std::move(what);
  }

  /// " before X", " within 10s of X", " during 10s..40s": how a window reads behind a sentence.
  [[nodiscard]] std::string clause(const Window& window) const {
    if (window.text.empty()) {
      return "";
    }
    if (within_ != nullptr) {
      return " within " + window.text;
    }
    const bool preposition = window.text.starts_with("before ") ||
                             window.text.starts_with("during ") ||
                             window.text.starts_with("after ");
    const bool edge = window.text.starts_with("last ") || window.text.starts_with("first ");
    return (preposition ? " " : edge ? " in the " : " during ") + window.text;
  }

  ScenarioContext& context_;
  Diagnostics& diagnostics_;
  Expectation expectation_;
  const Node* node_ = nullptr;
  const Node* metric_ = nullptr;
  const Node* of_ = nullptr;
  const Node* must_ = nullptr;
  const Node* during_ = nullptr;
  const Node* event_ = nullptr;
  const Node* within_ = nullptr;
  const Node* never_ = nullptr;
  const Node* recovered_ = nullptr;
  const Node* blast_radius_ = nullptr;
};

}  // namespace

void read_expectations(const Node* node, ScenarioContext& context) {
  const auto items = read_sequence(node, context.diagnostics, "a list of expectations");
  if (items.size() > kMaxExpectations) {
    context.names.error(*node, code::kTooMany, "too many expectations", "at most 10,000");
    return;
  }
  for (const Node* item : items) {
    ExpectationReader(context).read(*item);
  }
}

}  // namespace shaketable::engine
