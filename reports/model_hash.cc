#include "reports/model_hash.h"

#include "reports/sha256.h"

namespace shaketable::reports {

std::string model_hash(const engine::ScenarioSource& source) {
  std::string all;
  const auto add = [&all](const std::string& text) {
    all += std::to_string(text.size()) + ':' + text;
  };
  for (const engine::SourceFile& file : source.files) {
    add(file.text);
  }
  all += "set:";
  for (const std::string& text : source.overrides) {
    add(text);
  }
  return lower_hex(sha256(all));
}

}  // namespace shaketable::reports
