#include "loadgen/live/load_thread.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace shaketable::loadgen::live {

using proxy::Duration;
using proxy::Instant;
using proxy::Result;

LoadThread::LoadThread(const LiveRunOptions& options, Share share, NameService& names,
                       Instant begin)
    : options_(options), share_(share), begin_(begin), transport_(loop_, names, options.transport) {
  if (options.stop > Duration::zero()) {
    stop_at_ = proxy::after(begin, options.stop);
  }
}

Result<void> LoadThread::prepare(const std::vector<std::shared_ptr<const CompiledLoad>>& loads,
                                 const std::vector<std::vector<std::string>>& values,
                                 bool is_fixture) {
  if (!loop_.is_usable()) {
    return proxy::fail(std::string("cannot wait for sockets: ") + std::strerror(errno));
  }
  const proxy::Rng master(options_.seed);
  for (std::size_t i = 0; i < loads.size(); ++i) {
    auto runner =
        LoadRunner::make(loop_, transport_,
                         {.load = loads[i],
                          .target = options_.target,
                          .rng = master.stream("load", i),
                          .share = share_,
                          .begin = begin_,
                          .warm_up = options_.warm_up,
                          .may_leave = options_.may_leave,
                          .values = i < values.size() ? values[i] : std::vector<std::string>(),
                          .is_fixture = is_fixture,
                          .watches_steps = options_.watches_steps,
                          .watched = options_.watched});
    if (!runner) {
      return tl::unexpected(runner.error());
    }
    runners_.push_back(std::move(*runner));
  }
  return {};
}

void LoadThread::begin_fixtures(Phase phase) {
  loop_.refresh();
  for (const auto& runner : runners_) {
    runner->begin_fixture(phase);
  }
}

bool LoadThread::all_over() const {
  return std::all_of(runners_.begin(), runners_.end(),
                     [](const auto& runner) { return runner->is_over(); });
}

void LoadThread::run() {
  publish_at_ = loop_.refresh();
  turn();
  while (!all_over()) {
    turn();
    heed_wishes();
    Instant next = std::min({publish_at_, stop_at_, cut_at_, transport_.next_deadline()});
    for (const auto& runner : runners_) {
      next = std::min(next, runner->next_deadline());
    }
    transport_.flush();
    if (!all_over()) {
      loop_.wait(transport_.has_done() ? loop_.now() : next);
    }
  }
  transport_.flush();
  ended_at_ = loop_.refresh();
  publish();
  for (const auto& runner : runners_) {
    runner->finish_stats();
  }
  is_over_.store(true, std::memory_order_release);
}

void LoadThread::turn() {
  transport_.turn();
  while (Exchange* const exchange = transport_.take_done()) {
    auto& user = static_cast<LoadUser&>(*exchange);
    user.runner.on_done(user);
  }
  for (const auto& runner : runners_) {
    runner->turn();
    if (runner->wants_end()) {
      wants_end_.store(true, std::memory_order_relaxed);
      wants_stop_.store(true, std::memory_order_relaxed);
    }
  }
  if (loop_.now() >= publish_at_) {
    publish();
    publish_at_ = loop_.now() + options_.tick;
  }
}

void LoadThread::heed_wishes() {
  const bool is_due = loop_.now() >= stop_at_;
  if (!is_ending_ && (is_due || wants_stop_.load(std::memory_order_relaxed))) {
    is_ending_ = true;
    stop_at_ = proxy::kNever;
    cut_at_ = proxy::after(loop_.now(), options_.grace);
    for (const auto& runner : runners_) {
      runner->stop();
    }
  }
  if (!is_cut_ && (loop_.now() >= cut_at_ || wants_cut_.load(std::memory_order_relaxed))) {
    is_cut_ = true;
    cut_at_ = proxy::kNever;
    cancelled_ = transport_.in_flight();
    for (const auto& runner : runners_) {
      runner->cut();
    }
  }
}

void LoadThread::publish() {
  std::uint64_t users = 0;
  for (const auto& runner : runners_) {
    runner->publish(view_);
    users += runner->users();
  }
  view_.set_state(users, transport_.in_flight(), transport_.open_connections());
}

void LoadThread::stop() {
  wants_stop_.store(true, std::memory_order_relaxed);
  loop_.wake();
}

void LoadThread::cut() {
  wants_cut_.store(true, std::memory_order_relaxed);
  stop();
}

}  // namespace shaketable::loadgen::live
