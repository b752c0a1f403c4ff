#include "reports/html/markup.h"

#include <algorithm>
#include <array>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/escape.h"
#include "reports/rows.h"

namespace shaketable::reports {

std::string safe(std::string_view text, std::size_t most) {
  return for_html(shortened(text, most));
}

std::string slug(const std::string& name, std::size_t index) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  constexpr std::size_t kLongest = 60;
  const bool plain = !name.empty() && name.size() <= kLongest &&
                     name.find_first_not_of(kPlain) == std::string::npos;
  return plain ? name : "~" + std::to_string(index);
}

std::string service_anchor(const engine::Scenario& scenario, engine::ServiceIndex service) {
  return "svc=" + slug(engine::service_name(scenario, service), service);
}

std::string service_link(const engine::Scenario& scenario, engine::ServiceIndex service,
                         std::size_t most) {
  const std::string name = safe(engine::service_name(scenario, service), most);
  if (service >= scenario.mesh.services.size()) {
    return name;
  }
  return "<a href=\"#" + service_anchor(scenario, service) + "\">" + name + "</a>";
}

namespace {

// "t=12.4": seconds as deep links have them.
std::string moment(engine::Instant at) {
  return "t=" + engine::format_millionths(proxy::nanoseconds_of(at) / 1000, 3);
}

}  // namespace

std::string time_link(engine::Instant at) {
  if (at == proxy::kNever) {
    return "never";
  }
  return "<a class=\"when\" href=\"#" + moment(at) + "\">" + engine::format_instant(at) + "</a>";
}

std::string time_link(const engine::Scenario& scenario, engine::Instant at,
                      engine::ServiceIndex service) {
  if (service >= scenario.mesh.services.size() || at == proxy::kNever) {
    return time_link(at);
  }
  return "<a class=\"when\" href=\"#" + service_anchor(scenario, service) + "&amp;" + moment(at) +
         "\">" + engine::format_instant(at) + "</a>";
}

Tone tone_of(engine::ServiceState state) {
  switch (state) {
    case engine::ServiceState::kHealthy:
      return Tone::kHealthy;
    case engine::ServiceState::kDegraded:
      return Tone::kDegraded;
    case engine::ServiceState::kFailing:
      return Tone::kFailing;
    case engine::ServiceState::kDown:
      return Tone::kDown;
    case engine::ServiceState::kNoData:
      break;
  }
  return Tone::kNoData;
}

Tone tone_of(engine::ExpectationState state) {
  switch (state) {
    case engine::ExpectationState::kHeld:
      return Tone::kHealthy;
    case engine::ExpectationState::kBroken:
    case engine::ExpectationState::kUnexpectedPass:
      return Tone::kFailing;
    case engine::ExpectationState::kKnownFailure:
      return Tone::kDegraded;
    case engine::ExpectationState::kNotMeasurable:
      break;
  }
  return Tone::kNoData;
}

const char* class_of(Tone tone) {
  constexpr std::array<const char*, 5> kClasses{"nodata", "healthy", "degraded", "failing", "down"};
  return kClasses[static_cast<std::size_t>(tone)];
}

const char* color_of(Tone tone) {
  constexpr std::array<const char*, 5> kColors{"#6b7280", "#0b6fb8", "#c77c02", "#b3261e",
                                               "#2b1b3d"};
  return kColors[static_cast<std::size_t>(tone)];
}

const char* glyph_path(Tone tone) {
  constexpr std::array<const char*, 5> kPaths{
      "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0ZM-3.6 0a3.6 3.6 0 1 1 7.2 0a3.6 3.6 0 1 1-7.2 0Z",
      "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0Z",
      "M0-7 7.4 6H-7.4Z",
      "M0-7.4 7.4 0 0 7.4-7.4 0Z",
      "M-6.2-6.2H6.2V6.2H-6.2ZM-3.6-1.3V1.3H3.6V-1.3Z",
  };
  return kPaths[static_cast<std::size_t>(tone)];
}

std::string glyph(Tone tone) {
  return "<svg width=\"13\" height=\"13\" viewBox=\"-8 -8 16 16\" aria-hidden=\"true\"><path "
         "class=\"f-" +
         std::string(class_of(tone)) + "\" fill=\"" + color_of(tone) +
         "\" fill-rule=\"evenodd\" d=\"" + glyph_path(tone) + "\"/></svg>";
}

std::string marked(Tone tone, std::string_view word) {
  return "<span class=\"state " + std::string(class_of(tone)) + "\">" + glyph(tone) + safe(word) +
         "</span>";
}

std::string marked(engine::ServiceState state) {
  return marked(tone_of(state), engine::name_of(state));
}

std::string marked(engine::ExpectationState state) {
  return marked(tone_of(state), state == engine::ExpectationState::kUnexpectedPass
                                    ? "unexpected pass"
                                    : long_name(state));
}

const char* line_color(std::size_t number) {
  constexpr std::array<const char*, 8> kColors{"#0072b2", "#3a8fc0", "#c65300", "#9b6a00",
                                               "#b2568f", "#3b3f46", "#00805f", "#6a51a3"};
  return kColors[number % kColors.size()];
}

const char* line_dashes(std::size_t number) {
  constexpr std::array<const char*, 8> kDashes{"",    "8 3",     "",    "6 3",
                                               "2 2", "8 3 2 3", "5 3", "1 3"};
  return kDashes[number % kDashes.size()];
}

std::string keyed(std::int64_t key, const std::string& markup) {
  return "<data value=\"" + std::to_string(key) + "\">" + markup + "</data>";
}

std::string markup_of(const Table& table) {
  const auto is_number = [&table](std::size_t column) {
    return column >= table.numbers_from && column < table.numbers_to;
  };
  // The old attributes keep a table legible where style sheets are forbidden.
  std::string out =
      "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table";
  out += " border=\"1\" cellpadding=\"4\" cellspacing=\"0\"";
  out += table.name.empty() ? ">" : " data-name=\"" + for_html(table.name) + "\">";
  out += "<caption>" + table.caption + "</caption><thead><tr>";
  for (std::size_t i = 0; i < table.heads.size(); ++i) {
    out += std::string("<th scope=\"col\"") +
           (is_number(i) ? " class=\"n\" align=\"right\">" : ">") + table.heads[i] + "</th>";
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == 0) {
        out += "<th scope=\"row\">" + row[i] + "</th>";
      } else {
        out += (is_number(i) ? "<td class=\"n\" align=\"right\">" : "<td>") + row[i] + "</td>";
      }
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

engine::WindowTotals client_totals_of(const engine::RunRecord& record) {
  engine::WindowTotals sum;
  for (const engine::Series& series : record.series) {
    // The series of a whole load is the sum of its journeys.
    if (series.subject.kind != engine::Subject::Kind::kJourney ||
        series.subject.journey != engine::kNone) {
      continue;
    }
    for (std::size_t o = 0; o < engine::kOutcomes; ++o) {
      sum.outcomes[o] += series.total.outcomes[o];
    }
    sum.count += series.total.count;
    sum.latency.merge(series.total.latency);
  }
  return sum;
}

bool is_only_journey(const engine::RunRecord& record, const engine::Subject& subject) {
  if (subject.kind != engine::Subject::Kind::kJourney || subject.journey == engine::kNone) {
    return false;
  }
  return std::none_of(record.series.begin(), record.series.end(), [&](const engine::Series& it) {
    return it.subject.kind == engine::Subject::Kind::kJourney && it.subject.load == subject.load &&
           it.subject.journey != engine::kNone && it.subject.journey != subject.journey;
  });
}

std::string begin_section(const char* id, const std::string& title) {
  return std::string("<section id=\"") + id + "\" aria-labelledby=\"" + id +
         "-title\">\n<h2 id=\"" + id + "-title\">" + title + "</h2>\n";
}

std::string tenths(std::int64_t value) {
  const bool negative = value < 0;
  const std::int64_t size = negative ? -value : value;
  std::string text = negative ? "-" : "";
  if (size >= 10 || size % 10 == 0) {
    text += std::to_string(size / 10);
  }
  if (size % 10 != 0) {
    text += "." + std::to_string(size % 10);
  }
  return text;
}

std::string begin_drawing(int width, int height, std::string_view description, bool has_links) {
  const std::string w = std::to_string(width);
  const std::string h = std::to_string(height);
  return "<svg viewBox=\"0 0 " + w + ' ' + h + "\" width=\"" + w + "\" height=\"" + h +
         "\" font-family=\"sans-serif\" role=\"" + (has_links ? "group" : "img") +
         "\" aria-label=\"" + safe(description, 400) + "\">";
}

std::string drawn_text(std::int64_t x, std::int64_t y, std::string_view content, const char* anchor,
                       const char* css_class, int size) {
  std::string out = "<text";
  if (*css_class != '\0') {
    out += " class=\"" + std::string(css_class) + '"';
  }
  out +=
      " x=\"" + tenths(x) + "\" y=\"" + tenths(y) + "\" font-size=\"" + std::to_string(size) + '"';
  if (std::string_view(anchor) != "start") {
    out += std::string(" text-anchor=\"") + anchor + '"';
  }
  return out + '>' + for_html(content) + "</text>";
}

}  // namespace shaketable::reports
