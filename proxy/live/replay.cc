#include "proxy/live/replay.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <memory>
#include <utility>

#include "proxy/live/journal_reader.h"
#include "proxy/live/recorded_core.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::size_t kShownBefore = 5;

bool equal(const Action& a, const Action& b) {
  return a.kind == b.kind && a.attempts == b.attempts && a.status == b.status &&
         a.flags == b.flags && a.proxy == b.proxy && a.host == b.host && a.token == b.token &&
         a.attempt == b.attempt && a.connection == b.connection;
}

/// A fresh core and the inputs on their way to it.
class Replay {
 public:
  explicit Replay(JournalHeader header)
      : start_(header.start),
        core_(worker_, header.worker, header.seed,
              std::make_shared<CompiledConfig>(std::move(header.config)), header.start) {}
  ~Replay() { worker_.forget_all(); }

  /// False if it is not an input for this configuration.
  bool give(JournalInput& input);
  /// Whether the core answered as it did then.
  [[nodiscard]] bool answers_as(const JournalInput& input) const {
    const ActionList& actions = worker_.actions();
    return (input.kind != InputKind::kRequest || stream_ == input.handle) &&
           std::equal(actions.begin(), actions.end(), input.actions.begin(), input.actions.end(),
                      equal);
  }
  [[nodiscard]] ReplayReport::Difference difference(const JournalInput& input) const;
  void settle(const JournalInput& input, ReplayReport& report);
  [[nodiscard]] Instant start() const { return start_; }

 private:
  Instant start_;
  mutable Worker worker_;
  RecordedCore core_;
  StreamId stream_ = kNoHandle;  ///< What the last request became.
  std::deque<std::pair<std::uint64_t, std::string>> before_;
};

bool Replay::give(JournalInput& input) {
  switch (input.kind) {
    case InputKind::kEnd:
      break;
    case InputKind::kRequest:
      stream_ = core_.on_request(input.now, input.direction, input.request, input.value);
      break;
    case InputKind::kDownstreamReset:
      core_.on_downstream_reset(input.now, input.handle);
      break;
    case InputKind::kNotReplayable:
      core_.on_not_replayable(input.handle);
      break;
    case InputKind::kConnected:
      core_.on_connected(input.now, input.handle);
      break;
    case InputKind::kConnectFailed:
      core_.on_connect_failed(input.now, input.handle);
      break;
    case InputKind::kConnectionClosed:
      core_.on_connection_closed(input.now, input.handle);
      break;
    case InputKind::kConnectionDraining:
      core_.on_connection_draining(input.now, input.handle);
      break;
    case InputKind::kTunnel:
      core_.on_tunnel(input.now, input.handle);
      break;
    case InputKind::kResponse:
      core_.on_response(input.now, input.handle, input.response);
      break;
    case InputKind::kResponseActivity:
      core_.on_response_activity(input.now, input.handle);
      break;
    case InputKind::kResponseEnd:
      core_.on_response_end(input.now, input.handle);
      break;
    case InputKind::kUpstreamReset:
      core_.on_upstream_reset(input.now, input.handle, static_cast<ResetReason>(input.value));
      break;
    case InputKind::kConfig:
      core_.on_config(input.now, std::make_shared<CompiledConfig>(input.config));
      break;
    case InputKind::kHosts:
      if (input.value >= core_.config().config().clusters.size()) {
        return false;
      }
      core_.set_hosts(static_cast<ClusterIndex>(input.value),
                      std::make_shared<const HostSet>(input.hosts));
      break;
    case InputKind::kDeadline:
      core_.on_deadline(input.now);
      break;
    case InputKind::kAttemptToken:
      core_.set_attempt_token(input.handle, input.value);
      break;
  }
  return true;
}

ReplayReport::Difference Replay::difference(const JournalInput& input) const {
  ReplayReport::Difference result;
  result.input = describe(input, start_);
  for (const auto& [number, text] : before_) {
    result.before.push_back(std::to_string(number) + ": " + text);
  }
  for (const Action& action : input.actions) {
    result.recorded.push_back(describe(action));
  }
  for (const Action& action : worker_.actions()) {
    result.replayed.push_back(describe(action));
  }
  if (input.kind == InputKind::kRequest && stream_ != input.handle) {
    result.replayed.push_back("and the stream has another id");
  }
  return result;
}

/// The input is done with: counts it and keeps it in mind.
void Replay::settle(const JournalInput& input, ReplayReport& report) {
  ++report.inputs;
  ++report.inputs_by_kind[static_cast<std::size_t>(input.kind)];
  report.actions += worker_.actions().size();
  report.covered = input.now - start_;
  before_.emplace_back(report.inputs, describe(input, start_));
  if (before_.size() > kShownBefore) {
    before_.pop_front();
  }
  worker_.actions().clear();
  worker_.telemetry().clear();
}

std::string render(const ReplayReport::Difference& difference) {
  std::string result = "input " + std::to_string(difference.number) + " was answered differently\n";
  for (const std::string& line : difference.before) {
    result += "  " + line + '\n';
  }
  result += "  " + std::to_string(difference.number) + ": " + difference.input + '\n';
  const auto list = [&result](const char* title, const std::vector<std::string>& actions) {
    result += title;
    result += actions.empty() ? " nothing\n" : "\n";
    for (const std::string& action : actions) {
      result += "    " + action + '\n';
    }
  };
  list("  then:", difference.recorded);
  list("  now:", difference.replayed);
  return result;
}

void finish(ReplayReport& report, JournalReader::Step step, const JournalReader& reader) {
  switch (step) {
    case JournalReader::Step::kInput:
    case JournalReader::Step::kEnd:
      return;
    case JournalReader::Step::kCutOff:
      report.end = ReplayReport::End::kCutOff;
      return;
    case JournalReader::Step::kDamaged:
      report.end = ReplayReport::End::kDamaged;
      report.problem = reader.problem();
      return;
  }
}

}  // namespace

std::string render(const ReplayReport& report) {
  char text[160];
  std::snprintf(text, sizeof text, "worker %u: %llu inputs and %llu actions over %.3f s",
                report.worker, static_cast<unsigned long long>(report.inputs),
                static_cast<unsigned long long>(report.actions), to_seconds(report.covered));
  std::string result = text;
  result += report.is_same() ? ": the same again\n" : "\n";
  for (std::size_t i = 0; i < kInputKinds; ++i) {
    if (report.inputs_by_kind[i] != 0) {
      std::snprintf(text, sizeof text, "  %10llu %s\n",
                    static_cast<unsigned long long>(report.inputs_by_kind[i]),
                    input_name(static_cast<InputKind>(i)));
      result += text;
    }
  }
  if (report.end == ReplayReport::End::kCutOff) {
    result += "the journal was cut off there: the proxy was killed, or could not write on\n";
  } else if (report.end == ReplayReport::End::kDamaged) {
    result += "the journal is damaged: " + report.problem + '\n';
  }
  if (report.difference.has_value()) {
    result += render(*report.difference);
  }
  return result;
}

Result<ReplayReport> replay(const std::string& path) {
  auto reader = JournalReader::open(path);
  if (!reader.has_value()) {
    return tl::unexpected<Error>(reader.error());
  }
  auto report = replay(std::move(*reader));
  if (!report.has_value() && report.error().where.empty()) {
    report.error().where = path;
  }
  return report;
}

Result<ReplayReport> replay(JournalReader reader) {
  auto header = reader.read_header();
  if (!header.has_value()) {
    return tl::unexpected<Error>(header.error());
  }
  ReplayReport report;
  report.program = header->program;
  report.worker = header->worker;
  Replay core(std::move(*header));
  JournalInput input;
  JournalReader::Step step = JournalReader::Step::kInput;
  while ((step = reader.next(input)) == JournalReader::Step::kInput) {
    if (!core.give(input)) {
      report.end = ReplayReport::End::kDamaged;
      report.problem =
          "input " + std::to_string(report.inputs + 1) + " is for a cluster that is not there";
      return report;
    }
    if (!core.answers_as(input)) {
      report.difference = core.difference(input);
      report.difference->number = report.inputs + 1;
      return report;
    }
    core.settle(input, report);
  }
  finish(report, step, reader);
  return report;
}

}  // namespace shaketable::proxy::live
