#include "proxy/live/reactor.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/base/assert.h"
#include "proxy/base/slot_map.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::size_t kEventsAtOnce = 256;
constexpr std::int64_t kMillisecond = 1'000'000;
/// A descriptor that the kernel has no memory to watch is tried again after so long.
constexpr Duration kRetry = std::chrono::milliseconds(10);

/// The loop's own descriptor among the events; no handle of a watch is this.
constexpr std::uint64_t kWakeUp = ~std::uint64_t{0};

constexpr std::uint32_t kNotWatched = ~std::uint32_t{0};
constexpr std::uint32_t kBroken = EPOLLERR | EPOLLHUP;

/// What is known of one descriptor.
struct Watch {
  Reactor::Events* events = nullptr;
  int fd = -1;
  std::uint32_t asked = kNotWatched;  ///< Of the kernel.
  bool waits_read = false;
  bool waits_write = false;

  [[nodiscard]] std::uint32_t wanted() const {
    return (waits_read ? std::uint32_t{EPOLLIN} : 0U) |
           (waits_write ? std::uint32_t{EPOLLOUT} : 0U);
  }
};

using Watches = SlotMap<Watch>;
using WatchHandle = Watches::Handle;

int checked(int result, const char* what) {
  if (result < 0) {
    throw std::system_error(errno, std::system_category(), what);
  }
  return result;
}

// ---- signals: a handler may do little more than to leave a note
// ----------------------------------

constexpr int kMostSignals = 64;
std::atomic<int> g_signal_wake_up{-1};
std::array<std::atomic<bool>, kMostSignals> g_signal_came{};

void on_signal(int number) {
  const int saved = errno;
  g_signal_came[static_cast<std::size_t>(number)].store(true);
  const std::uint64_t one = 1;
  (void)!::write(g_signal_wake_up.load(), &one, sizeof one);
  errno = saved;
}

}  // namespace

struct Reactor::Loop {
  Loop()
      : epoll(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        wake_up(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kWakeUp;
    checked(::epoll_ctl(epoll, EPOLL_CTL_ADD, wake_up, &event), "epoll_ctl");
  }
  ~Loop() {
    for (const int number : signals) {
      std::signal(number, SIG_DFL);
    }
    if (!signals.empty()) {
      g_signal_wake_up.store(-1);
    }
    ::close(wake_up);
    ::close(epoll);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void interrupt() const {
    const std::uint64_t one = 1;
    (void)!::write(wake_up, &one, sizeof one);  // full: it wakes up as it is
  }

  /// Tells the kernel what is wanted of a watch, if that is news; `wanted` may hold more than
  /// anybody waits for.
  void ask(std::uint32_t slot, std::uint32_t wanted) {
    Watch& watch = watches[slot];
    if (watch.asked == wanted) {
      return;
    }
    epoll_event event{};
    event.events = wanted;
    event.data.u64 = watches.packed_of(slot);
    const int operation = watch.asked == kNotWatched ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(epoll, operation, watch.fd, &event) == 0) {
      watch.asked = wanted;
    } else {
      unwatched.push_back(watches.handle_at(slot));
    }
  }
  void ask_more(std::uint32_t slot) {
    const Watch& watch = watches[slot];
    const std::uint32_t before = watch.asked == kNotWatched ? 0U : watch.asked;
    ask(slot, before | watch.wanted());
  }
  void forget(Watch& watch) const {
    if (watch.asked != kNotWatched) {
      ::epoll_ctl(epoll, EPOLL_CTL_DEL, watch.fd, nullptr);
      watch.asked = kNotWatched;
    }
  }

  const int epoll;
  const int wake_up;
  Watches watches;
  std::uint32_t delivering = WatchHandle::kNoSlot;  ///< Asks once its calls are over.
  std::vector<WatchHandle> unwatched;               ///< The kernel had no memory for them.
  std::vector<int> signals;
  std::function<void(int)> handle_signal;
  std::vector<std::function<void()>> own_work;  ///< Posted by the loop's own thread.
  std::vector<std::function<void()>> running;   ///< What was posted before, on its turn.
  std::atomic<std::thread::id> thread{};
  std::atomic<bool> is_stopped = false;
  std::mutex mutex;
  std::vector<std::function<void()>> work;  ///< Guarded by `mutex`.
};

// ---- descriptors --------------------------------------------------------------------------------

Reactor::Descriptor::Descriptor(Reactor& reactor, int fd, Events& events)
    : reactor_(&reactor), fd_(fd) {
  const WatchHandle handle = reactor.loop_->watches.insert({});
  Watch& watch = reactor.loop_->watches.at(handle);
  watch.events = &events;
  watch.fd = fd;
  watch_ = handle.slot;
}

Reactor::Descriptor::~Descriptor() { close(); }

Reactor::Descriptor::Descriptor(Descriptor&& other) noexcept
    : reactor_(other.reactor_), watch_(other.watch_), fd_(std::exchange(other.fd_, -1)) {}

Reactor::Descriptor& Reactor::Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    reactor_ = other.reactor_;
    watch_ = other.watch_;
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Reactor::Descriptor::want_read() {
  if (!is_open()) {
    return;
  }
  Loop& loop = *reactor_->loop_;
  loop.watches[watch_].waits_read = true;
  if (loop.delivering != watch_) {
    loop.ask_more(watch_);
  }
}

void Reactor::Descriptor::want_write() {
  if (!is_open()) {
    return;
  }
  Loop& loop = *reactor_->loop_;
  loop.watches[watch_].waits_write = true;
  if (loop.delivering != watch_) {
    loop.ask_more(watch_);
  }
}

void Reactor::Descriptor::close() {
  if (!is_open()) {
    return;
  }
  Loop& loop = *reactor_->loop_;
  loop.forget(loop.watches[watch_]);  // a duplicate of it may live on, in a successor
  loop.watches.erase_slot(watch_);
  if (loop.delivering == watch_) {
    loop.delivering = WatchHandle::kNoSlot;
  }
  ::close(std::exchange(fd_, -1));
}

/// One descriptor's events. Its owner may close it, or anything else, in each call.
void Reactor::deliver(std::uint64_t packed, std::uint32_t events) {
  Watches& watches = loop_->watches;
  const WatchHandle handle = WatchHandle::unpack(packed);
  Watch* watch = watches.find(handle);
  if (watch == nullptr) {
    return;  // closed by a call for an event of the same batch
  }
  loop_->delivering = handle.slot;
  bool is_news = false;
  if ((events & (EPOLLOUT | kBroken)) != 0 && watch->waits_write) {
    is_news = true;
    watch->waits_write = false;
    refresh_clock();
    watch->events->on_writable();
    watch = watches.find(handle);
  }
  if (watch != nullptr && (events & (EPOLLIN | kBroken)) != 0 && watch->waits_read) {
    is_news = true;
    watch->waits_read = false;
    refresh_clock();
    watch->events->on_readable();
    watch = watches.find(handle);
  }
  loop_->delivering = WatchHandle::kNoSlot;
  if (watch == nullptr) {
    return;
  }
  if (!is_news && (events & kBroken) != 0) {
    loop_->forget(*watch);  // would be told again and again
  } else if (!is_news || (events & EPOLLOUT) != 0) {
    loop_->ask(handle.slot, watch->wanted());  // nearly every socket is writable nearly always
  } else {
    loop_->ask_more(handle.slot);
  }
}

// ---- the loop -----------------------------------------------------------------------------------

Reactor::Reactor() : loop_(std::make_unique<Loop>()) { refresh_clock(); }
Reactor::~Reactor() = default;

void Reactor::refresh_clock() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  const Instant read = instant_at(time.tv_sec * 1'000'000'000 + time.tv_nsec);
  now_ = read > now_ ? read : now_;  // never backwards, whatever the host does to its clock
}

void Reactor::wake_at(Instant at) { wake_at_ = std::min(wake_at_, at); }

/// Milliseconds that may be waited for; -1 = for ever.
int Reactor::patience() const {
  if (!loop_->own_work.empty()) {
    return 0;
  }
  const Instant until =
      loop_->unwatched.empty() ? wake_at_ : std::min(wake_at_, after(now_, kRetry));
  if (until == kNever) {
    return -1;
  }
  constexpr std::int64_t kMostMilliseconds = 3'600'000;
  const std::int64_t left = std::max<std::int64_t>((until - now_).count(), 0);
  return static_cast<int>(std::min((left + kMillisecond - 1) / kMillisecond, kMostMilliseconds));
}

void Reactor::wait() {
  std::array<epoll_event, kEventsAtOnce> events;
  const int count =
      ::epoll_wait(loop_->epoll, events.data(), static_cast<int>(events.size()), patience());
  refresh_clock();
  bool is_woken = false;
  for (int i = 0; i < count && !loop_->is_stopped.load(std::memory_order_relaxed); ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kWakeUp) {
      is_woken = true;
    } else {
      deliver(event.data.u64, event.events);
    }
  }
  if (is_woken) {
    std::uint64_t ignored = 0;
    (void)!::read(loop_->wake_up, &ignored, sizeof ignored);
    take_signals();
  }
}

void Reactor::run_posted() {
  std::vector<std::function<void()>>& now = loop_->running;
  now.swap(loop_->own_work);
  {
    const std::lock_guard lock(loop_->mutex);
    now.insert(now.end(), std::move_iterator(loop_->work.begin()),
               std::move_iterator(loop_->work.end()));
    loop_->work.clear();
  }
  for (std::function<void()>& work : now) {
    if (loop_->is_stopped.load(std::memory_order_relaxed)) {
      return;
    }
    refresh_clock();
    work();
  }
  now.clear();
}

void Reactor::post(std::function<void()> work) {
  if (loop_->thread.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
    loop_->own_work.push_back(std::move(work));
    return;
  }
  bool is_first = false;
  {
    const std::lock_guard lock(loop_->mutex);
    is_first = loop_->work.empty();
    loop_->work.push_back(std::move(work));
  }
  if (is_first) {
    loop_->interrupt();
  }
}

void Reactor::on_signals(const std::vector<int>& signals, std::function<void(int)> handle) {
  ASSERT(g_signal_wake_up.load() == -1);
  g_signal_wake_up.store(loop_->wake_up);
  loop_->signals = signals;
  loop_->handle_signal = std::move(handle);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  for (const int number : signals) {
    ASSERT(number > 0 && number < kMostSignals);
    g_signal_came[static_cast<std::size_t>(number)].store(false);
    ::sigaction(number, &action, nullptr);
  }
}

void Reactor::take_signals() {
  for (const int number : loop_->signals) {
    if (g_signal_came[static_cast<std::size_t>(number)].exchange(false) &&
        !loop_->is_stopped.load(std::memory_order_relaxed)) {
      refresh_clock();
      loop_->handle_signal(number);
    }
  }
}

void Reactor::run() {
  loop_->thread.store(std::this_thread::get_id());
  while (!loop_->is_stopped.load(std::memory_order_relaxed)) {
    run_posted();
    if (!loop_->is_stopped.load(std::memory_order_relaxed) && now_ >= wake_at_) {
      wake_at_ = kNever;
      refresh_clock();
      wake_();
    }
    for (const WatchHandle handle : std::exchange(loop_->unwatched, {})) {
      if (loop_->watches.contains(handle)) {
        loop_->ask_more(handle.slot);
      }
    }
    if (!loop_->is_stopped.load(std::memory_order_relaxed)) {
      wait();
    }
  }
  loop_->thread.store({});
}

void Reactor::stop() {
  loop_->is_stopped.store(true);
  loop_->interrupt();
}

}  // namespace shaketable::proxy::live
