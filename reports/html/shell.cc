#include "reports/html/shell.h"

#include "reports/html/assets.h"
#include "reports/html/markup.h"
#include "reports/report.h"
#include "reports/sha256.h"

namespace shaketable::reports {
namespace {

// The file begins with a comment that names a site; the licence takes its place.
std::string without_first_comment(const std::string& script) {
  const std::size_t end = script.rfind("/*", 0) == 0 ? script.find("*/") : std::string::npos;
  return end == std::string::npos ? script : script.substr(end + 2);
}

const std::string& hash_of(const std::string& text) {
  static const std::string kStyle = "'sha256-" + base64(sha256(style_sheet())) + "'";
  static const std::string kCharts = "'sha256-" + base64(sha256(chart_script())) + "'";
  static const std::string kOwn = "'sha256-" + base64(sha256(page_script())) + "'";
  return &text == &style_sheet() ? kStyle : &text == &chart_script() ? kCharts : kOwn;
}

}  // namespace

const std::string& style_sheet() {
  static const std::string kStyle = std::string(assets::kChartStyle) + '\n' + assets::kStyle;
  return kStyle;
}

const std::string& chart_script() {
  static const std::string kScript = "/*! uPlot 1.6.32\n" + std::string(assets::kChartLicence) +
                                     "*/" + without_first_comment(assets::kChartScript);
  return kScript;
}

const std::string& page_script() {
  static const std::string kScript = std::string("(() => {\n'use strict';\n") + assets::kCore +
                                     assets::kCharts + assets::kReplay + assets::kTables +
                                     "})();\n";
  return kScript;
}

std::string document_of(const Shell& shell) {
  const bool has_charts = !shell.data.empty();
  std::string scripts = hash_of(page_script());
  scripts += has_charts ? ' ' + hash_of(chart_script()) : "";
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src " +
      scripts + "; style-src " + hash_of(style_sheet()) +
      "; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"generator\" content=\"shaketable " +
      std::string(kVersion) + "\">\n<title>" + safe(shell.title, 120) + "</title>\n<style>" +
      style_sheet() +
      "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n"
      "<div class=\"page\">\n<nav class=\"toc\" aria-label=\"Sections\"><p>Shaketable</p><ul>\n";
  for (const auto& [id, name] : shell.contents) {
    out += "<li><a href=\"#" + id + "\">" + safe(name, 60) + "</a></li>\n";
  }
  out += "</ul></nav>\n<main id=\"main\">\n" + shell.body + "</main>\n</div>\n";
  if (has_charts) {
    out += "<script type=\"application/json\" id=\"data\">" + shell.data + "</script>\n<script>" +
           chart_script() + "</script>\n";
  }
  return out + "<script>" + page_script() + "</script>\n</body>\n</html>\n";
}

}  // namespace shaketable::reports
