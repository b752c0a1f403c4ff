#include "proxy/live/resolver.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace shaketable::proxy::live {
namespace {

using Clock = std::chrono::steady_clock;

/// A floor under refresh intervals: a configured zero must not become a busy loop.
constexpr Duration kShortest = std::chrono::milliseconds(1);

}  // namespace

bool is_same_query(const DnsCluster& a, const DnsCluster& b) {
  return a.kind == b.kind && a.name == b.name &&
         (a.kind == DnsCluster::Kind::kSrv || a.port == b.port);
}

Duration refresh_delay(const DnsCluster& query, Duration ttl, std::uint32_t failures) {
  const Duration shortest = std::max(query.min_refresh, kShortest);
  const Duration longest = std::max(query.max_refresh, shortest);
  if (failures == 0) {
    return std::clamp(ttl, shortest, longest);
  }
  Duration delay = shortest;
  for (std::uint32_t i = 1; i < failures && delay < longest; ++i) {
    delay = delay < longest / 2 ? delay * 2 : longest;
  }
  return delay;
}

struct Resolver::State {
  struct Entry {
    DnsCluster query;
    Clock::time_point due;
    std::uint32_t failures = 0;
  };

  DnsOptions options;
  std::function<void(ResolverNews)> deliver;
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<Entry> entries;
  bool is_busy = false;
  bool ends = false;

  [[nodiscard]] std::vector<Entry>::iterator find(const DnsCluster& query) {
    return std::find_if(entries.begin(), entries.end(),
                        [&](const Entry& entry) { return is_same_query(entry.query, query); });
  }
};

Resolver::Resolver(DnsOptions options, std::function<void(ResolverNews)> deliver)
    : state_(std::make_shared<State>()) {
  state_->options = std::move(options);
  state_->deliver = std::move(deliver);
  thread_ = std::thread([state = state_] { work(state); });
}

Resolver::~Resolver() {
  bool is_busy = false;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ends = true;
    is_busy = state_->is_busy;
  }
  state_->wake.notify_one();
  if (is_busy) {
    thread_.detach();  // a silent name server must not hold up the end; it touches its state alone
  } else {
    thread_.join();
  }
}

void Resolver::set_queries(const std::vector<DnsCluster>& queries) {
  {
    const std::lock_guard lock(state_->mutex);
    std::vector<State::Entry> entries;
    for (const DnsCluster& query : queries) {
      const auto is_known = [&](const State::Entry& entry) {
        return is_same_query(entry.query, query);
      };
      if (std::any_of(entries.begin(), entries.end(), is_known)) {
        continue;
      }
      const auto old = state_->find(query);
      entries.push_back(old != state_->entries.end() ? *old : State::Entry{query, Clock::now()});
      entries.back().query = query;
    }
    state_->entries = std::move(entries);
  }
  state_->wake.notify_one();
}

void Resolver::work(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (!state->ends) {
    const auto next = std::min_element(
        state->entries.begin(), state->entries.end(),
        [](const State::Entry& a, const State::Entry& b) { return a.due < b.due; });
    if (next == state->entries.end()) {
      state->wake.wait(lock);
      continue;
    }
    if (next->due > Clock::now()) {
      state->wake.wait_until(lock, Clock::time_point(next->due));
      continue;
    }
    const DnsCluster query = next->query;
    state->is_busy = true;
    lock.unlock();
    Result<DnsAnswer> answer = look_up(query, state->options);
    lock.lock();
    state->is_busy = false;
    const auto entry = state->find(query);
    if (state->ends || entry == state->entries.end()) {
      continue;  // nobody wants to know any more
    }
    entry->failures = answer.has_value() ? 0 : std::min(entry->failures + 1, 30U);
    const Duration ttl = answer.has_value() ? answer->ttl : Duration::zero();
    entry->due = Clock::now() + refresh_delay(entry->query, ttl, entry->failures);
    state->deliver({query, std::move(answer)});
  }
}

}  // namespace shaketable::proxy::live
