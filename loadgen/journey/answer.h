#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loadgen/core/load_plan.h"
#include "loadgen/journey/exchange.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

class CompiledLoad;
struct JsonBody;

/// The last answer, as checks, captures, branches and loops look at it. What it holds of headers
/// and body are views while the answer is judged; `keep` makes them its own, for questions that
/// come later.
class Answer {
 public:
  Answer();
  ~Answer();
  Answer(Answer&&) noexcept;
  Answer& operator=(Answer&&) noexcept;

  /// Forgets everything; a run begins.
  void clear();
  void set(const Response& response, std::string_view body, proxy::Duration latency);
  /// There was none.
  void set_failed();
  /// Copies headers and body.
  void keep();
  /// Lets views go that would dangle.
  void release();

  bool ok = true;
  std::uint16_t status = 0;
  std::uint32_t grpc_status = 0;
  proxy::Duration latency{};
  std::uint64_t body_size = 0;

  [[nodiscard]] std::string_view body() const { return body_; }
  /// The first header of that name (lower case), or nothing.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// The value at a JSON pointer of the body as text: strings as they are, others as JSON; nothing
  /// if the body is no JSON (deeper than 64 levels, too) or has no such value. The body is parsed
  /// once, when it is asked for.
  [[nodiscard]] std::optional<std::string> json(std::string_view pointer) const;

 private:
  std::string_view body_;
  std::vector<HeaderField> headers_;
  std::string storage_;
  mutable std::unique_ptr<JsonBody> json_;
};

/// The events of a `text/event-stream` body, however its bytes are cut (WHATWG HTML, 9.2.6).
class EventStream {
 public:
  static constexpr std::size_t kMaxEvent = std::size_t{1} << 20;  ///< Longer data is cut there.

  void clear();
  /// Takes bytes; returns how many events they completed.
  std::uint32_t add(std::string_view bytes);
  /// Data of the last complete event.
  [[nodiscard]] const std::string& data() const { return data_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  bool end_line();

  std::string line_, pending_, data_;
  bool has_data_ = false;
  bool was_return_ = false;  ///< The last byte was CR: a LF behind it ends no line of its own.
  bool is_first_ = true;     ///< Nothing has come: a byte order mark may.
  std::uint64_t count_ = 0;
};

/// `value COMPARISON wanted` for texts: ==, != and contains as texts, orders as numbers if both are
/// numbers and as texts otherwise. kMatches and kExists are the caller's.
[[nodiscard]] bool compare_texts(std::string_view value, Comparison comparison,
                                 std::string_view wanted);

}  // namespace shaketable::loadgen
