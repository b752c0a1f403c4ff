#include "loadgen/app/command_text.h"

#include <string_view>

#include "loadgen/app/load_cli.h"
#include "proxy/http/text.h"
#include "reports/command_line.h"

namespace shaketable::loadgen::app {
namespace {

enum class Kind { kPlain, kSecret, kField };

/// What follows an option.
Kind kind_of(std::string_view option) {
  if (option == "-a" || option == "--auth" || option == "--bearer") {
    return Kind::kSecret;
  }
  return option == "-H" || option == "--header" ? Kind::kField : Kind::kPlain;
}

/// Of a field nothing but its name, unless it is one that everybody may read.
std::string without_secrets(Kind kind, const std::string& value) {
  const std::size_t colon = value.find(':');
  if (kind == Kind::kPlain) {
    return value;
  }
  if (kind == Kind::kSecret || colon == std::string::npos) {
    return "***";
  }
  std::string name = value.substr(0, colon);
  for (char& c : name) {
    c = proxy::http::lower(c);
  }
  const bool is_open = name == "accept" || name == "content-type" || name == "host" ||
                       name == "user-agent" || name == "accept-encoding";
  return is_open ? value : value.substr(0, colon) + ": ***";
}

}  // namespace

std::string command_text(std::span<const std::string> arguments) {
  std::string text = kProgram;
  Kind kind = Kind::kPlain;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    std::string shown = without_secrets(kind, argument);
    if (kind == Kind::kPlain && argument.starts_with("--") && equals != std::string::npos) {
      const std::string option = argument.substr(0, equals);
      shown = option + '=' + without_secrets(kind_of(option), argument.substr(equals + 1));
    }
    kind = kind == Kind::kPlain ? kind_of(argument) : Kind::kPlain;
    text += ' ' + reports::shell_word(shown);
  }
  return text;
}

}  // namespace shaketable::loadgen::app
