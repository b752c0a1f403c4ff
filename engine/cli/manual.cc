#include <string_view>

#include "engine/cli/command_help.h"
#include "reports/report.h"

namespace shaketable::engine {
namespace {

/// The day of the page's words, not of the build: equal sources give equal bytes.
constexpr std::string_view kDate = "2026-11-29";

// Text of a man page: backslashes and hyphens are escaped, a dot or an apostrophe at the start of a
// line is no request.
std::string roff(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) {
      out += "\\&";
    }
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    at_start = c == '\n';
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

void add_option(const OptionHelp& option, std::string& out) {
  out += ".TP\n";
  std::string names;
  for (const std::string& name : option.names) {
    names += (names.empty() ? "" : ", ") + bold(name);
  }
  out += names + (option.value.empty() ? "" : " " + italic(option.value)) + '\n' +
         roff(option.about) + ".\n";
}

void add_command(const ProgramHelp& program, const CommandHelp& command, std::string& out) {
  out +=
      ".SS " + roff(command.name) + "\n.B " + roff(program.name) + ' ' + roff(command.name) + "\n";
  if (command.options.size() > 1) {
    out += ".RI [ options ]\n";
  }
  for (const OptionHelp& positional : command.positionals) {
    const std::string name =
        italic(positional.names.front()) + (positional.is_repeated ? "\\ .\\|.\\|.\\&" : "");
    out += (positional.is_required ? name : '[' + name + ']') + '\n';
  }
  out += ".PP\n" + roff(command.about) + ".\n";
  for (const OptionHelp& positional : command.positionals) {
    out += ".TP\n" + italic(positional.names.front()) + '\n' + roff(positional.about) + ".\n";
  }
  for (const OptionHelp& option : command.options) {
    if (option.names.back() != "--help") {
      add_option(option, out);
    }
  }
}

void add_exit_status(const ProgramHelp& program, std::string& out) {
  out += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : program.exit_codes) {
    out += ".TP\n" + bold(code) + '\n' + roff(meaning) + '\n';
  }
}

void add_environment(std::string& out) {
  constexpr std::string_view kVariables[][2] = {
      {"NO_COLOR", "Set and not empty: no colours, unless \\-\\-color asks for them."},
      {"CLICOLOR_FORCE", "Set and neither empty nor 0: colours also where no terminal is."},
      {"TERM", "dumb: no colours."}};
  out += ".SH ENVIRONMENT\n";
  for (const auto& [name, meaning] : kVariables) {
    out += ".TP\n.B " + std::string(name) + '\n' + std::string(meaning) + '\n';
  }
}

}  // namespace

std::string manual_page(const ProgramHelp& program) {
  std::string title;
  for (const char c : program.name) {
    title += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const bool may_lack = !program.default_command.empty();
  std::string out = ".TH " + roff(title) + " 1 \"" + std::string(kDate) + "\" \"" +
                    roff(program.name) + ' ' + roff(reports::kVersion) +
                    "\" \"User Commands\"\n.SH NAME\n" + roff(program.name) + " \\- " +
                    roff(program.purpose) + "\n.SH SYNOPSIS\n.B " + roff(program.name) + '\n' +
                    (may_lack ? ".RI [ command ]\n" : ".I command\n") +
                    ".RI [ options ]\n.RI [ files ]\n.SH DESCRIPTION\n" + roff(program.about) +
                    "\n.PP\nResults go to standard output, messages to standard error.\n";
  if (may_lack) {
    out += "The command " + bold(program.default_command) + " may be left out.\n";
  }
  out += ".SH COMMANDS\n";
  for (const CommandHelp& command : program.commands) {
    add_command(program, command, out);
  }
  add_exit_status(program, out);
  add_environment(out);
  out += ".SH EXAMPLES\n";
  std::string_view gap;  // None behind a heading: readers of the format complain about it.
  for (const std::string& example : program.examples) {
    out += std::string(gap) + ".RS 4\n.nf\n" + roff(example) + "\n.fi\n.RE\n";
    gap = ".PP\n";
  }
  return out;
}

}  // namespace shaketable::engine
