#include <algorithm>

#include "gui/workbench/words.h"
#include "gui/workbench/workbench.h"

// Going through the time of a run, and what is known of its meaning.
namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

// A run that goes on is judged at most so often, and at most for a twentieth of the time.
constexpr auto kBetweenAnalyses = 700ms;
constexpr int kLeastShare = 20;

bool is_wanted(engine::EventKind kind, Jump what) {
  using engine::EventKind;
  return what == Jump::kEvent ? is_turning_point(kind)
                              : kind == EventKind::kCircuitOpen || kind == EventKind::kEjection ||
                                    kind == EventKind::kPanic;
}

// Ends of the buckets in which clients began to see errors, in order.
std::vector<engine::Instant> beginnings_of_errors(const RunHistory& history) {
  std::vector<engine::Instant> moments;
  bool was_bad = false;
  for (std::size_t bucket = 0; bucket < history.buckets(); ++bucket) {
    const Sample clients = history.clients_at(bucket);
    const bool is_bad = clients.errors > 0;
    if (is_bad && !was_bad) {
      moments.emplace_back(history.bucket() * static_cast<std::int64_t>(bucket + 1));
    }
    was_bad = is_bad || (was_bad && clients.count == 0);
  }
  return moments;
}

}  // namespace

std::optional<engine::Instant> judged_to(const RunResult& result) {
  return result.run.verdict.partial ? std::optional(result.run.record.ended) : std::nullopt;
}

QString title_of(const RunEntry& entry) {
  return entry.name.isEmpty() ? QObject::tr("run %1").arg(entry.number) : entry.name;
}

void Workbench::jump(bool forwards, Jump what) {
  const RunEntry* const entry = shown();
  if (entry == nullptr) {
    return;
  }
  std::vector<engine::Instant> moments;
  if (what == Jump::kError) {
    moments = beginnings_of_errors(entry->history);
  } else if (what == Jump::kNote) {
    for (const Note& note : notes_) {
      moments.push_back(note.at);
    }
  } else {
    for (const engine::RunEvent& event : entry->history.events()) {
      if (is_wanted(event.kind, what)) {
        moments.push_back(event.at);
      }
    }
  }
  const engine::Instant from = moment();
  const auto after = std::upper_bound(moments.begin(), moments.end(), from);
  const auto before = std::lower_bound(moments.begin(), moments.end(), from);
  if (forwards ? after != moments.end() : before != moments.begin()) {
    play_back_ = 0;
    look_at(forwards ? *after : *(before - 1));
    return;
  }
  const QString thing = what == Jump::kEvent  ? tr("Nothing happened")
                        : what == Jump::kTrip ? tr("No circuit opened and no host was ejected")
                        : what == Jump::kNote ? tr("There is no note")
                                              : tr("Clients saw no error begin");
  Q_EMIT said(forwards ? tr("%1 after this").arg(thing) : tr("%1 before this").arg(thing), false);
}

void Workbench::play(bool forwards) {
  const bool goes_so = forwards ? play_back_ > 0 : play_back_ < 0;
  play_back(goes_so ? 0 : forwards ? play_speed_ : -play_speed_);
}

void Workbench::set_play_speed(double seconds_per_second) {
  play_speed_ = seconds_per_second;
  if (play_back_ != 0) {
    play_back(play_back_ > 0 ? play_speed_ : -play_speed_);
  }
}

void Workbench::point_at(std::optional<engine::Instant> cursor) {
  if (cursor != cursor_) {
    cursor_ = cursor;
    Q_EMIT cursor_changed();
  }
}

void Workbench::set_mark(Mark which, std::optional<engine::Instant> at) {
  marks_[index(which)] = at;
  Q_EMIT cursor_changed();
}

void Workbench::set_notes(Notes notes) {
  if (notes != notes_) {
    notes_ = std::move(notes);
    Q_EMIT notes_changed();
  }
}

engine::Instant Workbench::range_from() const {
  return range_ ? std::min(range_->first, end()) : engine::Instant{};
}

engine::Instant Workbench::range_to() const {
  return range_ ? std::min(range_->second, end()) : end();
}

void Workbench::show_range(engine::Instant from, engine::Instant to) {
  from = std::max(from, engine::Instant{});
  to = std::min(to, end());
  const bool is_part = to - from >= 10ms && (from > engine::Instant{} || to < end());
  range_ = is_part ? std::optional(std::pair(from, to)) : std::nullopt;
  Q_EMIT cursor_changed();
}

void Workbench::name_run(std::size_t index, const QString& name) {
  if (index < runs_.size() && runs_[index].name != name.trimmed()) {
    runs_[index].name = name.trimmed();
    Q_EMIT runs_changed();
  }
}

std::shared_ptr<const RunResult> Workbench::analysed() const {
  const RunEntry* const entry = shown();
  return entry == nullptr ? nullptr : entry->result != nullptr ? entry->result : entry->preview;
}

// Takes over the newest judgement of a run that goes on, and asks for the next when it is due.
void Workbench::poll_analysis(RunEntry& entry) {
  const auto now = std::chrono::steady_clock::now();
  if (auto preview = entry.handle->preview(); preview != entry.preview) {
    entry.preview = std::move(preview);
    entry.is_analysis_asked = false;
    entry.analysed_at = now;
    if (&entry == shown()) {
      Q_EMIT analysis_changed();
    }
  }
  const RunStatus& status = entry.status;
  if (!entry.is_going_on() || entry.is_analysis_asked || status.now <= engine::Instant{} ||
      (is_express_ && status.state == RunState::kRunning)) {
    return;
  }
  const bool is_old = entry.preview == nullptr || entry.preview->run.record.ended < status.now;
  const auto pause =
      std::max<std::chrono::nanoseconds>(kBetweenAnalyses, kLeastShare * status.analysis_took);
  const bool is_due = status.state == RunState::kPaused || now - entry.analysed_at >= pause;
  if (is_old && is_due) {
    entry.is_analysis_asked = true;
    entry.handle->analyse();
  }
}

}  // namespace shaketable::gui
