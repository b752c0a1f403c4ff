#include "reports/html_parts.h"

namespace shaketable::reports {

using engine::ExpectationState;
using engine::ServiceState;

// Colours of states: each is told apart by glyph, word and border as well. The attributes of the
// drawings hold the light ones, so that a page without its style sheet still has them.
const std::string& html_style() {
  static const std::string kStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1d21;--dim:#565d68;--line:#d7dbe0;--soft:#f4f6f8;
--healthy:#0b6fb8;--degraded:#8f5902;--degraded-fill:#c77c02;--failing:#b3261e;--down:#2b1b3d;
--nodata:#6b7280;--second:#007a5a;--band:#8a93a2}
@media (prefers-color-scheme:dark){:root{--bg:#1e1f22;--fg:#e7e9ec;--dim:#a9b0bb;--line:#3d4148;
--soft:#282a2e;--healthy:#63b3f0;--degraded:#f2b84b;--degraded-fill:#f2b84b;--failing:#ff7a70;
--down:#e6d6ff;--nodata:#9aa3af;--second:#4fd1a5;--band:#8a93a2}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:75rem;padding:1.5rem 1.25rem 4rem;background:var(--bg);
color:var(--fg);font:15px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
h1{font-size:1.65rem;line-height:1.25;margin:0}
h2{font-size:1.2rem;margin:2.5rem 0 .75rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.75rem 0 .5rem}
h1,h2,h3,td,th,li,p{overflow-wrap:anywhere}
p{margin:.4rem 0;max-width:60rem}
a{color:var(--healthy)}
.verdict{border-left:.5rem solid;padding:.75rem 1rem;background:var(--soft);border-radius:4px}
.verdict.passed{border-color:var(--healthy)}
.verdict.failed{border-color:var(--failing)}
.about{font-size:1.05rem}
.dim,caption,figcaption{color:var(--dim)}
nav{margin:1rem 0 0}nav a{margin-right:1rem}
table{border:0;border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.92rem}
caption{text-align:left;padding:0 0 .4rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border:0;
border-bottom:1px solid var(--line)}
.when{white-space:nowrap}
thead th{color:var(--dim);font-weight:600;white-space:nowrap}
tbody th{font-weight:600}th .dim{font-weight:400}
.n{text-align:right;white-space:nowrap}
.scroll{overflow-x:auto}
.state{white-space:nowrap;font-weight:600}
.healthy{color:var(--healthy)}.degraded{color:var(--degraded)}.failing{color:var(--failing)}
.down{color:var(--down)}.nodata{color:var(--nodata)}
ul.small{margin:.2rem 0 0;padding-left:1.1rem;color:var(--dim)}
figure{margin:0 0 1rem}
svg{display:block;max-width:100%;height:auto}.wide svg{max-width:none}
svg text{font:12px system-ui,"Segoe UI","DejaVu Sans",sans-serif;fill:var(--fg)}
svg .small{font-size:11px;fill:var(--dim)}
svg .halo{stroke:var(--bg);stroke-width:4px;paint-order:stroke;stroke-linejoin:round}
svg .name{font-weight:600}
.box{fill:var(--bg)}.grid{stroke:var(--line)}.axis{stroke:var(--dim)}
.s-healthy{stroke:var(--healthy)}.s-degraded{stroke:var(--degraded-fill)}
.s-failing{stroke:var(--failing)}.s-down{stroke:var(--down)}.s-nodata{stroke:var(--nodata)}
.f-healthy{fill:var(--healthy)}.f-degraded{fill:var(--degraded-fill)}
.f-failing{fill:var(--failing)}.f-down{fill:var(--down)}.f-nodata{fill:var(--nodata)}
.s-second{stroke:var(--second)}.f-second{fill:var(--second)}
.band{fill:var(--band);stroke:var(--band)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(26rem,1fr));gap:.5rem 1.5rem}
details{margin:.25rem 0 0}summary{cursor:pointer;color:var(--dim)}
pre{background:var(--soft);padding:.75rem 1rem;border-radius:4px;white-space:pre-wrap;
overflow-wrap:anywhere}
@media (max-width:32rem){.charts{grid-template-columns:1fr}}
@media print{body{max-width:none}details{display:none}h2{break-after:avoid}figure{break-inside:avoid}}
)css";
  return kStyle;
}

const char* html_class(ServiceState state) {
  return state == ServiceState::kNoData ? "nodata" : engine::name_of(state);
}

const char* html_color(ServiceState state) {
  switch (state) {
    case ServiceState::kHealthy:
      return "#0b6fb8";
    case ServiceState::kDegraded:
      return "#c77c02";
    case ServiceState::kFailing:
      return "#b3261e";
    case ServiceState::kDown:
      return "#2b1b3d";
    case ServiceState::kNoData:
      break;
  }
  return "#6b7280";
}

namespace {

const char* glyph_of(ServiceState state) {
  switch (state) {
    case ServiceState::kHealthy:
      return "&#9679;";
    case ServiceState::kDegraded:
      return "&#9650;";
    case ServiceState::kFailing:
      return "&#9670;";
    case ServiceState::kDown:
      return "&#9632;";
    case ServiceState::kNoData:
      break;
  }
  return "&#9675;";
}

std::string marked(const char* kind, const char* glyph, const char* word) {
  return std::string("<span class=\"state ") + kind + "\"><span aria-hidden=\"true\">" + glyph +
         "</span> " + word + "</span>";
}

}  // namespace

std::string html_state(ServiceState state) {
  return marked(html_class(state), glyph_of(state), engine::name_of(state));
}

std::string html_state(ExpectationState state) {
  switch (state) {
    case ExpectationState::kHeld:
      return marked("healthy", "&#10003;", "held");
    case ExpectationState::kBroken:
      return marked("failing", "&#10007;", "broken");
    case ExpectationState::kKnownFailure:
      return marked("degraded", "&#9650;", "known failure");
    case ExpectationState::kUnexpectedPass:
      return marked("failing", "&#10007;", "unexpected pass");
    case ExpectationState::kNotMeasurable:
      break;
  }
  return marked("nodata", "&#9675;", "not measurable");
}

std::string html_table(const HtmlTable& table) {
  const auto is_number = [&table](std::size_t column) {
    return column >= table.numbers_from && column < table.numbers_to;
  };
  // The old attributes keep a table legible where style sheets are forbidden.
  std::string out =
      "<div class=\"scroll\"><table border=\"1\" cellpadding=\"4\" cellspacing=\"0\">";
  if (!table.caption.empty()) {
    out += "<caption>" + table.caption + "</caption>";
  }
  out += "<thead><tr>";
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

}  // namespace shaketable::reports
