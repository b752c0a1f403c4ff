#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "engine/formats/scenario_loader_parts.h"

// Spans of time in expectations.
namespace shaketable::engine {
namespace {

constexpr Bounds<Duration> kSomeTime{Duration(1), kMaxReadDuration};
constexpr const char* kDuringForms =
    "before FAULT, during FAULT, after FAULT, 10s..40s, first 30s or last 30s";
constexpr const char* kWithinForms = "10s of FAULT, 10s of end of FAULT, 10s or 10s..40s";

/// What stands behind `word ` in the text, or nothing.
std::optional<Node> behind_word(const Node& node, std::string_view word) {
  const std::string_view text = node.text();
  if (!text.starts_with(word) || text.size() <= word.size() || text[word.size()] != ' ') {
    return std::nullopt;
  }
  return trimmed(node, word.size(), text.size());
}

class WindowReader {
 public:
  WindowReader(const Node& node, ScenarioContext& context) : node_(node), context_(context) {
    window_.text = std::string(node.text());
  }

  std::optional<Window> during() {
    if (const auto name = behind_word(node_, "before")) {
      return before(*name);
    }
    if (const auto name = behind_word(node_, "during")) {
      return with_fault(*name, [&](const Fault& fault) {
        window_.from = fault.at;
        window_.to = end_of_fault(fault);
        return true;
      });
    }
    if (const auto name = behind_word(node_, "after")) {
      return with_fault(*name, [&](const Fault& fault) { return starts_at_end(*name, fault); });
    }
    if (const auto length = behind_word(node_, "last")) {
      return edge_of_run(*length, true);
    }
    if (const auto length = behind_word(node_, "first")) {
      return edge_of_run(*length, false);
    }
    return range(kDuringForms);
  }

  std::optional<Window> within() {
    const std::size_t of = node_.text().find(" of ");
    if (of == std::string_view::npos) {
      return node_.text().find("..") != std::string_view::npos ? range(kWithinForms) : plain();
    }
    const Node length_node = trimmed(node_, 0, of);
    Node name = trimmed(node_, of + 4, node_.text().size());
    bool end = false;
    if (const auto rest = behind_word(name, "end of")) {
      end = true;
      name = *rest;
    } else if (const auto start = behind_word(name, "start of")) {
      name = *start;
    }
    const auto length = read_duration(&length_node, context_.diagnostics, kSomeTime);
    return with_fault(name, [&](const Fault& fault) {
      window_.from = fault.at;
      if (end && !starts_at_end(name, fault)) {
        return false;
      }
      window_.to = proxy::after(window_.from, length.value_or(Duration(1)));
      return length.has_value();
    });
  }

 private:
  std::optional<Window> before(const Node& name) {
    return with_fault(name, [&](const Fault& fault) {
      const Instant warm(context_.scenario.run.warm_up);
      window_.from = warm < fault.at ? warm : Instant{};
      window_.to = fault.at;
      return true;
    });
  }

  template <typename Set>
  std::optional<Window> with_fault(const Node& name, Set set) {
    const std::uint32_t index = context_.fault(name);
    if (index == kNone || !set(context_.scenario.faults[index])) {
      return std::nullopt;
    }
    return checked();
  }

  bool starts_at_end(const Node& name, const Fault& fault) {
    window_.from = end_of_fault(fault);
    if (window_.from == proxy::kNever) {
      context_.names.error(name, code::kBadWindow,
                           quoted(fault.name) + " lasts until the end of the run",
                           "`for` (or `restart_after`) in the fault");
      return false;
    }
    return true;
  }

  std::optional<Window> edge_of_run(const Node& length_node, bool last) {
    const auto length = read_duration(&length_node, context_.diagnostics, kSomeTime);
    const Duration run = context_.scenario.run.duration;
    if (!length) {
      return std::nullopt;
    }
    if (*length > run) {
      context_.names.error(length_node, code::kBadWindow, "the run is shorter than that",
                           "at most the duration of the run");
      return std::nullopt;
    }
    window_.from = last ? Instant(run - *length) : Instant{};
    window_.to = last ? proxy::kNever : Instant(*length);
    return window_;
  }

  std::optional<Window> plain() {
    const auto length = read_duration(&node_, context_.diagnostics, kSomeTime);
    if (!length) {
      return std::nullopt;
    }
    window_.to = Instant(*length);
    return window_;
  }

  std::optional<Window> range(const char* forms) {
    const std::size_t dots = node_.text().find("..");
    if (dots == std::string_view::npos) {
      context_.names.error(node_, code::kBadWindow, quoted(node_.text()) + " is no span of time",
                           forms);
      return std::nullopt;
    }
    const Node from_node = trimmed(node_, 0, dots);
    const Node to_node = trimmed(node_, dots + 2, node_.text().size());
    const auto from = read_duration(&from_node, context_.diagnostics);
    const auto to = read_duration(&to_node, context_.diagnostics);
    if (!from || !to) {
      return std::nullopt;
    }
    window_.from = Instant(*from);
    window_.to = Instant(*to);
    return checked();
  }

  std::optional<Window> checked() {
    const Instant end(context_.scenario.run.duration);
    if (window_.from >= window_.to) {
      context_.names.error(node_, code::kBadWindow, "nothing lies in this span of time",
                           "an end behind its start");
      return std::nullopt;
    }
    if (window_.from >= end) {
      context_.names.error(node_, code::kBadWindow, "this span of time begins after the run",
                           "a time before the duration of the run");
      return std::nullopt;
    }
    return window_;
  }

  const Node& node_;
  ScenarioContext& context_;
  Window window_;
};

}  // namespace

std::optional<Window> read_during(const Node* node, ScenarioContext& context) {
  if (node == nullptr || !read_name(node, context.diagnostics)) {
    return std::nullopt;
  }
  return WindowReader(*node, context).during();
}

std::optional<Window> read_within(const Node* node, ScenarioContext& context) {
  if (node == nullptr || !read_name(node, context.diagnostics)) {
    return std::nullopt;
  }
  return WindowReader(*node, context).within();
}

}  // namespace shaketable::engine
