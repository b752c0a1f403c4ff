#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/judge/verdict.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

/// Pieces of markup that every section uses. Functions that take names escape them; those that take
/// markup say so. Colours of data are attributes with a class beside them, so that a page whose
/// style sheet is forbidden keeps its light colours and one with it follows the reader's scheme.
namespace shaketable::reports {

/// A text from a file as markup, cut to `most` columns: names may be any length.
[[nodiscard]] std::string safe(std::string_view text, std::size_t most = 300);

/// "service-3" style anchors that a person can type: the name itself where it is plain (letters,
/// digits, `.`, `_`, `-`; up to 60), else "~3".
[[nodiscard]] std::string slug(const std::string& name, std::size_t index);

/// A link to a service's section: `#svc=payment`.
[[nodiscard]] std::string service_link(const engine::Scenario& scenario,
                                       engine::ServiceIndex service, std::size_t most = 60);
/// The id of that section.
[[nodiscard]] std::string service_anchor(const engine::Scenario& scenario,
                                         engine::ServiceIndex service);
/// A moment that sets the replay when scripts run: `<a href="#t=12.4">12.4 s</a>`. With a service
/// the link leads to its section, too.
[[nodiscard]] std::string time_link(engine::Instant at);
[[nodiscard]] std::string time_link(const engine::Scenario& scenario, engine::Instant at,
                                    engine::ServiceIndex service);

/// The five states of the palette, for everything that is shown by glyph, word and colour.
enum class Tone : std::uint8_t { kNoData, kHealthy, kDegraded, kFailing, kDown };
[[nodiscard]] Tone tone_of(engine::ServiceState state);
[[nodiscard]] Tone tone_of(engine::ExpectationState state);
/// CSS class: "healthy", "degraded", "failing", "down", "nodata".
[[nodiscard]] const char* class_of(Tone tone);
/// The tone's colour on a white page.
[[nodiscard]] const char* color_of(Tone tone);
/// The tone's glyph as the path of a drawing around 0,0, 14 units wide.
[[nodiscard]] const char* glyph_path(Tone tone);
/// The glyph as a small drawing in a line of text.
[[nodiscard]] std::string glyph(Tone tone);
/// Glyph and word. `word` is raw text.
[[nodiscard]] std::string marked(Tone tone, std::string_view word);
[[nodiscard]] std::string marked(engine::ServiceState state);
[[nodiscard]] std::string marked(engine::ExpectationState state);

/// Line colours told apart by dashes as well: classes s0 to s7 and f0 to f7.
[[nodiscard]] const char* line_color(std::size_t number);
[[nodiscard]] const char* line_dashes(std::size_t number);

/// A table. `numbers_from` is the first column that is aligned to the right; `cells` are markup,
/// the first of each row becomes its head. `order`, when it is there, holds a sort key for a cell
/// whose text does not sort by itself.
struct Table {
  std::string caption;  ///< Markup. Every table needs one.
  std::vector<std::string> heads;
  std::vector<std::vector<std::string>> rows;
  std::size_t numbers_from = 0;
  std::size_t numbers_to = 0;  ///< One behind the last such column.
  std::string name;            ///< Raw; not empty: rows can be sorted, filtered, copied as CSV.
};
[[nodiscard]] std::string markup_of(const Table& table);

/// A cell that sorts by `key` instead of its text.
[[nodiscard]] std::string keyed(std::int64_t key, const std::string& markup);

/// Of what clients saw: all loads together over the measured run.
[[nodiscard]] engine::WindowTotals client_totals_of(const engine::RunRecord& record);

/// Whether a journey is the only one of its load, whose series says the same.
[[nodiscard]] bool is_only_journey(const engine::RunRecord& record, const engine::Subject& subject);

/// Begins a section with its heading; `title` is markup.
[[nodiscard]] std::string begin_section(const char* id, const std::string& title);

/// Tenths as text, "12.3", "-.4": short, for drawings.
[[nodiscard]] std::string tenths(std::int64_t value);

/// The start of a drawing of `width` x `height` pixels with its description (raw). One with links
/// in it is a group of them to screen readers, not an image.
[[nodiscard]] std::string begin_drawing(int width, int height, std::string_view description,
                                        bool has_links = false);

/// Escapes, then closes: `<text ...>content</text>`. `place` is `x="1" y="2"`, `more` further
/// attributes; `content` is raw.
[[nodiscard]] std::string drawn_text(std::int64_t x, std::int64_t y, std::string_view content,
                                     const char* anchor = "start", const char* css_class = "",
                                     int size = 11);

}  // namespace shaketable::reports
