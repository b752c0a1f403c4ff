#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "proxy/base/time.h"

namespace shaketable::gui {

/// A moment that a person has marked, and what it is called there.
struct Note {
  proxy::Instant at{};
  std::string text;

  friend bool operator==(const Note&, const Note&) = default;
};

/// In the order of their moments.
using Notes = std::vector<Note>;

/// The notes with one more, behind those of the same moment.
[[nodiscard]] inline Notes with_note(Notes notes, Note note) {
  const auto behind =
      std::upper_bound(notes.begin(), notes.end(), note.at,
                       [](proxy::Instant at, const Note& each) { return at < each.at; });
  notes.insert(behind, std::move(note));
  return notes;
}

}  // namespace shaketable::gui
