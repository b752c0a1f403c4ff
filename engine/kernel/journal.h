#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "engine/kernel/event.h"
#include "proxy/base/assert.h"

namespace shaketable::engine {

/// The commands given to a run from outside (a fault clicked in the GUI), each at its virtual time,
/// so that the run can be repeated exactly: record in one run, take in another.
template <class Command>
class Journal {
 public:
  struct Entry {
    Instant at{};
    Command command;

    friend bool operator==(const Entry&, const Entry&) = default;
  };

  /// Appends a command; times must not decrease.
  void record(Instant at, Command command) {
    ASSERT(entries_.empty() || entries_.back().at <= at);
    entries_.push_back({at, std::move(command)});
  }

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  /// Time of the next entry to be replayed, `kNever` at the end.
  [[nodiscard]] Instant next_at() const {
    return next_ < entries_.size() ? entries_[next_].at : kNever;
  }
  /// The next entry if it is due, and steps past it; nullptr otherwise.
  const Entry* take_due(Instant now) {
    return next_at() <= now && next_ < entries_.size() ? &entries_[next_++] : nullptr;
  }
  /// Starts the replay again from the beginning.
  void rewind() { next_ = 0; }

 private:
  std::vector<Entry> entries_;
  std::size_t next_ = 0;
};

}  // namespace shaketable::engine
