#include "engine/formats/codes.h"

#include <algorithm>
#include <vector>

#include "engine/formats/codes_table.h"

namespace shaketable::engine {
namespace {

bool equal_in_any_case(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return upper(x) == upper(y); });
}

std::vector<CodeInfo> join() {
  std::vector<CodeInfo> all;
  for (const auto part :
       {document_codes(), mesh_codes(), scenario_codes(), proxy_codes(), istio_codes()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  std::sort(all.begin(), all.end(),
            [](const CodeInfo& a, const CodeInfo& b) { return a.code < b.code; });
  return all;
}

}  // namespace

std::span<const CodeInfo> code_table() {
  static const std::vector<CodeInfo> table = join();
  return table;
}

const CodeInfo* find_code(std::string_view code) {
  for (const CodeInfo& info : code_table()) {
    if (equal_in_any_case(info.code, code)) {
      return &info;
    }
  }
  return nullptr;
}

}  // namespace shaketable::engine
