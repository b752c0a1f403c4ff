#include "loadgen/live/load_runner.h"

#include <algorithm>
#include <utility>

namespace shaketable::loadgen::live {
namespace {

using proxy::Instant;
using proxy::Result;

/// The number of the user of global fixtures, for timers; no other user has it.
constexpr std::uint64_t kFixtureUser = ~std::uint64_t{0};
/// Runs that begin in one turn of the loop, and how long that may take: what was begun is to be
/// sent, and a run that opens a connection costs many times one that finds one.
constexpr int kMostRunsAtOnce = 64;
constexpr proxy::Duration kLongestTurn = std::chrono::microseconds(200);

void name_stats(const LoadPlan& plan, LoadStats& stats) {
  stats.name = plan.name;
  stats.fixtures.name = "set-up and tear-down";
  for (const Request& request : plan.requests) {
    stats.steps.emplace_back().name = request.name;
    for (const std::string& tag : request.tags) {
      const bool is_known = std::any_of(stats.tags.begin(), stats.tags.end(),
                                        [&](const RequestStats& it) { return it.name == tag; });
      if (!is_known) {
        stats.tags.emplace_back().name = tag;
      }
    }
  }
  for (const Journey& journey : plan.journeys) {
    stats.journeys.emplace_back().name = journey.name;
  }
}

}  // namespace

Result<std::unique_ptr<LoadRunner>> LoadRunner::make(EventLoop& loop, Transport& transport,
                                                     Setting setting) {
  std::unique_ptr<LoadRunner> runner(new LoadRunner(loop, transport, std::move(setting)));
  if (const auto found = runner->find_origins(); !found) {
    return tl::unexpected(found.error());
  }
  return runner;
}

LoadRunner::LoadRunner(EventLoop& loop, Transport& transport, Setting setting)
    : loop_(loop),
      transport_(transport),
      load_(std::move(setting.load)),
      target_(std::move(setting.target)),
      rng_(setting.rng),
      share_(setting.share),
      begin_(setting.begin),
      pacer_(load_->plan(), rng_, share_),
      constant_(load_->plan().requests.size()),
      is_fixture_(setting.is_fixture),
      may_leave_(setting.may_leave),
      measured_from_(proxy::kStart + setting.warm_up),
      initial_values_(std::move(setting.values)),
      watched_(load_->plan(), setting.watched, setting.watches_steps) {
  name_stats(load_->plan(), stats_);
}

Result<void> LoadRunner::find_origins() {
  for (const Request& request : load_->plan().requests) {
    Origin origin = target_.origin;
    if (!request.origin.empty()) {
      const auto url = parse_target(request.origin);
      if (!url) {
        return tl::unexpected(url.error());
      }
      origin = url->origin;
    }
    const auto index = transport_.add_origin(origin);
    if (!index) {
      return tl::unexpected(index.error());
    }
    origins_.push_back(*index);
    if (!request.origin.empty()) {
      found_origins_.emplace(request.origin, *index);
    }
  }
  return {};
}

// ---- users ------------------------------------------------------------------------------------

std::unique_ptr<LoadUser> LoadRunner::make_user(std::uint32_t number, std::uint64_t name) {
  auto user = std::make_unique<LoadUser>(
      *this, number,
      Session(*load_, static_cast<std::uint32_t>(name), rng_.stream("session", name)));
  user->wants_headers = true;
  user->owner = &user->connections;
  if (!initial_values_.empty()) {
    user->session.adopt(initial_values_);
  }
  return user;
}

LoadUser& LoadRunner::user_of(std::uint32_t number) {
  if (number >= users_.size()) {
    users_.resize(number + 1);
  }
  auto& user = users_[number];
  if (user == nullptr) {
    // Slots of an open loop belong to this share alone, workers have one number in all shares.
    const std::uint64_t name =
        pacer_.closed() != nullptr ? number : std::uint64_t{number} * share_.count + share_.index;
    user = make_user(number, name);
  }
  return *user;
}

void LoadRunner::begin_run(const RunStart& run) {
  LoadUser& user = user_of(run.user);
  user.run = run;
  ++running_;
  if (run.new_session && user.has_session && load_->has_fixture(Phase::kSessionTearDown)) {
    user.doing = LoadUser::Doing::kTearDown;
    user.session.begin(Phase::kSessionTearDown, now());
    drive(user);
    return;
  }
  start_run(user);
}

void LoadRunner::start_run(LoadUser& user) {
  if (user.run.new_session) {
    transport_.release(user.connections);
  }
  user.doing = LoadUser::Doing::kRun;
  user.has_session = true;
  user.has_started = false;
  user.session.begin(user.run);
  drive(user);
}

/// The session has nothing more to do.
void LoadRunner::finish(LoadUser& user) {
  switch (user.doing) {
    case LoadUser::Doing::kNothing:
      return;
    case LoadUser::Doing::kRun:
      end_run(user);
      return;
    case LoadUser::Doing::kTearDown:
      start_run(user);
      return;
    case LoadUser::Doing::kLastSession:
      if (load_->has_fixture(Phase::kWorkerTearDown)) {
        user.doing = LoadUser::Doing::kLastWorker;
        user.session.begin(Phase::kWorkerTearDown, now());
        drive(user);
        return;
      }
      break;
    case LoadUser::Doing::kFixture:
      if (!user.session.run_succeeded() && set_up_error_.empty()) {
        set_up_error_ = name_of(user.session.run_failure());
      }
      break;
    case LoadUser::Doing::kLastWorker:
      break;
  }
  user.doing = LoadUser::Doing::kNothing;
  --running_;
}

void LoadRunner::end_run(LoadUser& user) {
  user.doing = LoadUser::Doing::kNothing;
  --running_;
  const Session& session = user.session;
  const bool success = session.run_succeeded();
  if (session.setup_failed() && !is_cutting_) {
    wants_end_ = true;
    set_up_error_ =
        set_up_error_.empty() ? std::string(name_of(session.run_failure())) : set_up_error_;
  }
  // A run that the end has cut is none, well or not.
  if (session.is_exhausted() || session.setup_failed()) {
    pacer_.stop();  // there are no more rows for anybody else either
  } else if (user.run.intended < measured_from_) {
    ++unpublished_.runs;
  } else if (!is_cutting_) {
    JourneyStats& journey = stats_.journeys[user.run.journey];
    ++journey.runs;
    journey.failed += success ? 0 : 1;
    journey.duration.add(now() - user.run.intended);
    ++unpublished_.runs;
    unpublished_.failed_runs += success ? 0 : 1;
    if (!success) {
      watched_.add_failed_run(user.run.journey);
    }
    if (session.run_failure() == FailureKind::kStep && !success) {
      journey.requests.errors.add(session.failure_text().empty() ? name_of(FailureKind::kStep)
                                                                 : session.failure_text());
    }
    wants_end_ = wants_end_ || (!success && load_->plan().stop_on_failure);
  }
  pacer_.on_run_finished(now(), user.number, success);
}

void LoadRunner::drive(LoadUser& user) {
  while (true) {
    if (is_cutting_) {
      finish(user);
      return;
    }
    const SessionAction action = user.session.next(now());
    switch (action.kind) {
      case SessionAction::Kind::kSend:
        send(user, action.intended);
        return;
      case SessionAction::Kind::kSendFrame:
        send_frame(user, action.binary);
        continue;
      case SessionAction::Kind::kAwaitFrame:
        user.awaits_frame = true;
        wait_until(user, action.until);
        return;
      case SessionAction::Kind::kClose:
        close_websocket(user);
        return;
      case SessionAction::Kind::kWait:
        wait_until(user, action.until);
        return;
      case SessionAction::Kind::kDone:
        finish(user);
        return;
    }
  }
}

// ---- waits ------------------------------------------------------------------------------------

void LoadRunner::wait_until(LoadUser& user, Instant until) {
  waits_.cancel(user.wait);
  user.wait = {};
  if (until != proxy::kNever) {
    user.wait = waits_.arm_irregular(
        until, &user == fixture_.get() ? kFixtureUser : std::uint64_t{user.number});
  }
}

void LoadRunner::on_wait_over(LoadUser& user) {
  user.wait = {};
  if (user.awaits_frame || (user.talk != nullptr && user.talk->is_closing)) {
    transport_.cancel(user, Failure::kTimeout);
  } else if (user.is_under_way && user.talk == nullptr) {
    transport_.end_early(user);  // a stream of events that was listened to for long enough
  } else {
    drive(user);
  }
}

Instant LoadRunner::next_deadline() const {
  const Instant next =
      std::min(is_fixture_ ? proxy::kNever : pacer_.next_deadline(), waits_.next());
  return next == proxy::kNever ? next : proxy::after(begin_, next - proxy::kStart);
}

void LoadRunner::turn() {
  while (const auto number = waits_.pop_due(now())) {
    on_wait_over(*number == kFixtureUser ? *fixture_ : *users_[*number]);
  }
  if (is_fixture_) {
    return;
  }
  const Instant began = loop_.now();
  for (int begun = 0; begun < kMostRunsAtOnce && loop_.now() - began < kLongestTurn; ++begun) {
    const auto run = pacer_.next_run(now());
    if (!run) {
      break;
    }
    begin_run(*run);
    loop_.refresh();
  }
  if (!has_torn_down_ && running_ == 0 && pacer_.is_over()) {
    has_torn_down_ = true;
    tear_down();
  }
}

/// Sessions and workers of the load say goodbye, all at once.
void LoadRunner::tear_down() {
  const bool has_any = load_->has_fixture(Phase::kSessionTearDown) ||
                       (pacer_.closed() != nullptr && load_->has_fixture(Phase::kWorkerTearDown));
  if (!has_any || is_cutting_) {
    return;
  }
  for (const auto& user : users_) {
    if (user == nullptr || !user->has_session) {
      continue;
    }
    ++running_;
    user->doing = LoadUser::Doing::kLastSession;
    user->session.begin(Phase::kSessionTearDown, now());
    drive(*user);
  }
}

// ---- fixtures and ends ------------------------------------------------------------------------

void LoadRunner::begin_fixture(Phase phase) {
  if (fixture_ == nullptr) {
    fixture_ = make_user(0, 0);
  }
  ++running_;
  fixture_->doing = LoadUser::Doing::kFixture;
  fixture_->session.begin(phase, now());
  drive(*fixture_);
}

/// The values of the session, which has rendered nothing since.
const std::vector<std::string>& LoadRunner::fixture_values() const {
  return fixture_->session.values();
}

void LoadRunner::stop() { pacer_.stop(); }

void LoadRunner::cut() {
  stop();
  is_cutting_ = true;
  has_torn_down_ = true;
  const auto cut_user = [this](LoadUser* user) {
    if (user == nullptr || user->doing == LoadUser::Doing::kNothing) {
      return;
    }
    waits_.cancel(user->wait);
    user->wait = {};
    if (user->is_under_way) {
      transport_.cancel(*user, Failure::kCancelled);
    } else {
      finish(*user);
    }
  };
  for (const auto& user : users_) {
    cut_user(user.get());
  }
  cut_user(fixture_.get());
}

void LoadRunner::finish_stats() {
  if (const WorkerLoop* const closed = pacer_.closed()) {
    stats_.pacing.most_users = closed->most_workers();
    stats_.pacing.arrivals = stats_.pacing.start_lag.count();
  } else if (const ArrivalLoop* const open = pacer_.open()) {
    stats_.pacing.most_users = open->most_in_flight();
    stats_.pacing.arrivals = open->arrived();
    stats_.pacing.dropped = open->dropped();
    stats_.pacing.delayed = open->delayed();
  }
  const std::vector<Request>& requests = load_->plan().requests;
  for (std::size_t i = 0; i < stats_.steps.size(); ++i) {
    stats_.total.merge(stats_.steps[i]);
    for (RequestStats& tag : stats_.tags) {
      const auto& tags = requests[i].tags;
      if (std::find(tags.begin(), tags.end(), tag.name) != tags.end()) {
        tag.merge(stats_.steps[i]);
      }
    }
  }
  drop_fixture_steps();
}

/// Requests of set-ups and tear-downs are counted as `fixtures`, not as steps.
void LoadRunner::drop_fixture_steps() {
  std::vector<bool> is_step(stats_.steps.size());
  for (const Journey& journey : load_->plan().journeys) {
    for (const std::uint32_t request : requests_of(journey.steps)) {
      is_step[request] = true;
    }
  }
  std::size_t place = 0;
  std::erase_if(stats_.steps, [&](const RequestStats&) { return !is_step[place++]; });
}

void LoadRunner::publish(LiveView& view) {
  if (const ArrivalLoop* const open = pacer_.open()) {
    unpublished_.dropped = open->dropped() - std::exchange(published_drops_, open->dropped());
    watched_.add_dropped(unpublished_.dropped);
  }
  unpublished_.watched = watched_.take();
  view.add(unpublished_);
  unpublished_ = {};
  const WorkerLoop* const closed = pacer_.closed();
  users_now_ = closed != nullptr ? closed->active_workers() : running_;
  if (now() >= proxy::kStart) {
    stats_.series.at(now() - proxy::kStart).users = users_now_;
  }
}

}  // namespace shaketable::loadgen::live
