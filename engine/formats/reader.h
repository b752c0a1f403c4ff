#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "proxy/base/time.h"

/// Typed readers over `Node`. All of them
/// - take a pointer, and return nothing in silence when it is null, so that
///   `read_duration(map.optional("timeout"), diagnostics).value_or(15s)` is the whole story;
/// - otherwise return the value, or report what is wrong and return nothing;
/// - accept quoted and plain scalars alike, and compute with integers only: a value that the unit
///   of the result cannot hold exactly (`0.3ns`) is refused, not rounded, except where said.
namespace shaketable::engine {

/// Inclusive bounds of a number.
template <typename T>
struct Bounds {
  T min;
  T max;
};

/// Ten years: sums of a few durations stay far from the ends of 64 bits.
inline constexpr proxy::Duration kMaxReadDuration = std::chrono::hours(24 * 3652);

/// The text of a scalar; reports another kind of node together with `expected`. The view lives as
/// long as the document.
[[nodiscard]] std::optional<std::string_view> read_scalar(const Node* node,
                                                          Diagnostics& diagnostics,
                                                          std::string_view expected);

/// `250ms`, `10s`, `1m30s`, `0.25ms`, `1.5h`; units h m s ms us ns, largest first, each once.
[[nodiscard]] std::optional<proxy::Duration> read_duration(
    const Node* node, Diagnostics& diagnostics,
    Bounds<proxy::Duration> bounds = {proxy::Duration::zero(), kMaxReadDuration});

/// `12.5%` as parts per million (125'000); at most four decimals.
[[nodiscard]] std::optional<std::int64_t> read_percent(const Node* node, Diagnostics& diagnostics,
                                                       Bounds<std::int64_t> ppm = {0, 1'000'000});

/// `400/s`, `30/m`, `0.5/s`, `10/h` as millionths of a request per second (1/s = 1'000'000),
/// rounded to the nearest; a rate above zero never becomes zero: below half a millionth it is
/// refused.
[[nodiscard]] std::optional<std::int64_t> read_rate(const Node* node, Diagnostics& diagnostics,
                                                    Bounds<std::int64_t> micro_per_second = {
                                                        0, 1'000'000'000'000'000});

/// `64KiB`, `1MB`, `512B`, `1.5GiB` as bytes; units B kB KB MB GB (powers of 1000) and
/// KiB MiB GiB TiB (powers of 1024).
[[nodiscard]] std::optional<std::int64_t> read_bytes(const Node* node, Diagnostics& diagnostics,
                                                     Bounds<std::int64_t> bytes = {
                                                         0, std::int64_t{1} << 50});

/// `64KiB/s`, `10MB/s` as bytes a second, at least one; units as in `read_bytes`.
[[nodiscard]] std::optional<std::uint64_t> read_bandwidth(const Node* node,
                                                          Diagnostics& diagnostics);

/// A whole number in decimal digits. `010`, `1_000`, `0x1f` and `1e3` are refused: YAML's versions
/// disagree about what they mean.
[[nodiscard]] std::optional<std::int64_t> read_integer(const Node* node, Diagnostics& diagnostics,
                                                       Bounds<std::int64_t> bounds);

/// `1.25` as millionths (1'250'000); at most six decimals, no exponent.
[[nodiscard]] std::optional<std::int64_t> read_decimal(const Node* node, Diagnostics& diagnostics,
                                                       Bounds<std::int64_t> micro = {
                                                           0, 1'000'000'000'000'000});

/// `true` or `false` (also True, TRUE); yes, no, on, off are refused with a hint.
[[nodiscard]] std::optional<bool> read_bool(const Node* node, Diagnostics& diagnostics);

/// Any scalar's text, at most `max_bytes`. `no` and `1.10` stay as they are written.
[[nodiscard]] std::optional<std::string> read_string(const Node* node, Diagnostics& diagnostics,
                                                     std::size_t max_bytes = 65'536);

/// A name: 1 to 253 bytes of printable UTF-8, no spaces at its ends. Works on keys too:
/// `read_name(entry.key, diagnostics)`.
[[nodiscard]] std::optional<std::string> read_name(const Node* node, Diagnostics& diagnostics);

/// The index of the scalar in `words`; a wrong word is reported with all of them and the nearest.
/// `what` is used in messages: "a runtime", "a metric".
[[nodiscard]] std::optional<std::size_t> read_word(const Node* node, Diagnostics& diagnostics,
                                                   std::span<const std::string_view> words,
                                                   std::string_view what);

/// A word of a file and the enumerator that it stands for.
template <typename E>
struct EnumWord {
  std::string_view word;
  E value;
};

/// `read_word` over a table of enumerators. Several words may stand for one enumerator.
template <typename E, std::size_t N>
[[nodiscard]] std::optional<E> read_enum(const Node* node, Diagnostics& diagnostics,
                                         const EnumWord<E> (&table)[N], std::string_view what) {
  std::string_view words[N];
  for (std::size_t i = 0; i < N; ++i) {
    words[i] = table[i].word;
  }
  const std::optional<std::size_t> index = read_word(node, diagnostics, words, what);
  return index ? std::optional<E>(table[*index].value) : std::nullopt;
}

/// The items of a sequence; reports and returns nothing when the node is something else.
/// `what` is used in messages: "a list of steps".
[[nodiscard]] std::span<const Node* const> read_sequence(const Node* node, Diagnostics& diagnostics,
                                                         std::string_view what);

/// The entries of a map whose keys are the user's own names (services, endpoints).
[[nodiscard]] std::span<const MapEntry> read_entries(const Node* node, Diagnostics& diagnostics,
                                                     std::string_view what);

/// "a map", "a list", "text", "nothing": for messages.
[[nodiscard]] std::string_view kind_name(const Node& node);

/// Fills in file, line and column of `node` and adds the diagnostic:
/// `report_at(*node, {.code = "ST1301", .message = "..."}, diagnostics)`.
void report_at(const Node& node, Diagnostic diagnostic, Diagnostics& diagnostics);

/// Reads a map with fixed keys. `required` and `optional` declare a key as known and give its
/// value (keys must outlive the reader: literals do); `finish` reports every key that was not
/// declared, with the nearest declared one.
///
///     MapReader map(node, diagnostics, "a service");
///     service.timeout = read_duration(map.optional("timeout"), diagnostics);
///     map.finish();
///
/// A node that is no map is reported once by the constructor; a null pointer is silent. Both then
/// act as an empty map that lacks nothing.
class MapReader {
 public:
  /// `what` names the map in messages, with its article.
  MapReader(const Node* node, Diagnostics& diagnostics, std::string_view what);

  /// The value of `key`; reports and returns null when it is missing.
  const Node* required(std::string_view key);
  /// The value of `key`, or null. An empty value (`key:`) is a node of kind kNull.
  const Node* optional(std::string_view key);
  /// Where the key itself stands, or null; does not declare it.
  [[nodiscard]] const Node* key_node(std::string_view key) const;
  /// Reports keys that nobody declared. At most 20 of them are named one by one.
  void finish();

  /// False when there is no map to read.
  [[nodiscard]] bool ok() const { return node_ != nullptr; }

 private:
  const Node* node_;
  Diagnostics& diagnostics_;
  std::string what_;
  std::vector<std::string_view> known_;
};

}  // namespace shaketable::engine
