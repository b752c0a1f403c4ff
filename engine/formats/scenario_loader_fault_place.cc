#include <string>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "engine/formats/scenario_loader_parts.h"

// `on:` and `between:` of a fault: a part of the mesh, two parts, or the calls of one to another.
namespace shaketable::engine {
namespace {

class FaultPlaceReader {
 public:
  FaultPlaceReader(const FaultPlaceKeys& keys, Fault& fault, ScenarioContext& context)
      : keys_(keys), fault_(fault), context_(context), cuts_messages_(cuts_messages(keys.kind)) {}

  void read() {
    if (keys_.between != nullptr && !cuts_messages_) {
      report_misplaced(*keys_.between, keys_.kind,
                       hits_requests(keys_.kind) ? "partition, loss and bandwidth; for requests "
                                                   "write `on: caller -> callee`"
                                                 : "partition, loss and bandwidth",
                       context_);
    }
    if (keys_.between != nullptr && keys_.on != nullptr) {
      context_.names.error(*keys_.between, code::kContradiction,
                           "`on` and `between` exclude each other", "one of the two");
    }
    if (keys_.on != nullptr && keys_.on->is_scalar()) {
      if (const EdgeText edge = split_edge(*keys_.on); edge.caller) {
        read_edge(edge);
        return;
      }
    }
    if (const auto target = read_target(keys_.on, context_)) {
      fault_.target = *target;
    }
    read_between();
  }

 private:
  void read_between() {
    if (keys_.between == nullptr) {
      return;
    }
    const auto ends = read_sequence(keys_.between, context_.diagnostics, "a list of two targets");
    if (keys_.between->is_sequence() && ends.size() != 2) {
      context_.names.error(*keys_.between, code::kBadTarget, "`between` names two ends",
                           "a list such as [eu-a, eu-b]");
      return;
    }
    if (ends.size() == 2) {
      const auto one = read_target(ends[0], context_);
      const auto other = read_target(ends[1], context_);
      if (one && other) {
        fault_.target = *one;
        fault_.other = *other;
        check_link(*keys_.between);
      }
    }
  }

  /// `caller -> callee`. Messages are cut off between the two; requests are hit at the callee.
  void read_edge(const EdgeText& edge) {
    if (!cuts_messages_ && !hits_requests(keys_.kind)) {
      context_.names.error(*keys_.on, code::kBadTarget,
                           "a fault of kind " + quoted(keys_.kind) + " hits services, not edges",
                           "one of the two services");
      return;
    }
    const auto caller = read_target(&*edge.caller, context_);
    const auto callee = read_target(&*edge.callee, context_);
    if (!caller || !callee) {
      return;
    }
    fault_.target = cuts_messages_ ? *caller : *callee;
    fault_.other = cuts_messages_ ? *callee : *caller;
    if (cuts_messages_) {
      check_link(*keys_.on);
    } else {
      check_call(*edge.caller);
    }
  }

  void check_link(const Node& node) {
    const ServiceIndex a = fault_.target.service;
    const ServiceIndex b = fault_.other.service;
    if (a == kNone || b == kNone || a == b || context_.edges.contains({a, b}) ||
        context_.edges.contains({b, a})) {
      return;
    }
    const auto& services = context_.names.mesh.services;
    context_.names.error(
        node, code::kUnknownEdge,
        quoted(services[a].name) + " and " + quoted(services[b].name) + " never call each other",
        "two services of which one calls the other");
  }

  void check_call(const Node& caller_text) {
    const ServiceIndex caller = fault_.other.service;
    const ServiceIndex callee = fault_.target.service;
    if (fault_.other.endpoint != kNone) {
      context_.names.error(caller_text, code::kBadTarget,
                           "a request does not say which endpoint of its caller it comes from",
                           "the caller alone");
    } else if (caller != kNone && callee != kNone && !context_.edges.contains({caller, callee})) {
      const auto& services = context_.names.mesh.services;
      context_.names.error(
          *keys_.on, code::kUnknownEdge,
          quoted(services[caller].name) + " never calls " + quoted(services[callee].name),
          "a caller and a service that it calls");
    }
  }

  const FaultPlaceKeys& keys_;
  Fault& fault_;
  ScenarioContext& context_;
  bool cuts_messages_;
};

}  // namespace

void read_fault_place(const FaultPlaceKeys& keys, Fault& fault, ScenarioContext& context) {
  FaultPlaceReader(keys, fault, context).read();
}

bool hits_requests(std::string_view kind) {
  return kind == "delay" || kind == "abort" || kind == "reset" || kind == "blackhole";
}

bool cuts_messages(std::string_view kind) {
  return kind == "partition" || kind == "loss" || kind == "bandwidth";
}

void report_misplaced(const Node& node, std::string_view kind, std::string_view kinds,
                      ScenarioContext& context) {
  context.names.error(node, code::kBadFault,
                      "this setting means nothing for a fault of kind " + quoted(kind),
                      "it belongs to " + std::string(kinds));
}

}  // namespace shaketable::engine
