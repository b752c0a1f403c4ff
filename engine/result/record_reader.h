#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/record/run_record.h"
#include "engine/result/json_cursor.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// The members of a result's outermost object: where each value stands in the text.
class ResultSections {
 public:
  /// Looks through the whole text once; its syntax is checked on the way.
  [[nodiscard]] static std::optional<JsonCursor::Problem> find(std::string_view text,
                                                               ResultSections& sections);

  [[nodiscard]] bool has(std::string_view key) const { return sections_.contains(key); }
  /// A cursor on the value of `key`, which must be there.
  [[nodiscard]] JsonCursor cursor(std::string_view key) const;
  /// Where the value of `key` begins; the key must be there.
  [[nodiscard]] std::size_t offset(std::string_view key) const;
  [[nodiscard]] const std::string& last_key() const { return last_key_; }

 private:
  struct Section {
    std::size_t offset = 0;
    std::string_view text;
  };
  std::map<std::string, Section, std::less<>> sections_;
  std::string last_key_;
};

/// Reads the record out of a result, or gives the first problem. Everything that judge and reports
/// rely on is checked: indices lead somewhere, series are equally long, counts add up.
[[nodiscard]] std::optional<JsonCursor::Problem> read_record(const ResultSections& sections,
                                                             const Scenario& scenario,
                                                             RunRecord& record);

}  // namespace shaketable::engine
