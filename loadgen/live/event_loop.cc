#include "loadgen/live/event_loop.h"

#include <algorithm>
#include <ctime>

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace shaketable::loadgen::live {
namespace {

using proxy::Duration;
using proxy::Instant;

/// A wait without an end looks up now and then all the same; it costs nothing.
constexpr Duration kLongestWait = std::chrono::seconds(10);

}  // namespace

Instant monotonic_now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return proxy::instant_at(time.tv_sec * 1'000'000'000 + time.tv_nsec);
}

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  // The kernel may be late by 50 us by default, to wake less often: here that is an error.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  if (is_usable()) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &event);
  }
  refresh();
}

EventLoop::~EventLoop() {
  for (const int fd : {epoll_, event_}) {
    if (fd >= 0) {
      ::close(fd);
    }
  }
}

bool EventLoop::watch(int fd, Source& source) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &source;
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::forget(const Source& source) {
  for (std::size_t i = next_; i < count_; ++i) {
    if (events_[i].data.ptr == &source) {
      events_[i].events = 0;
    }
  }
}

Instant EventLoop::refresh() { return now_ = std::max(now_, monotonic_now()); }

void EventLoop::wait(Instant until) {
  refresh();
  if (next_ == count_) {
    collect(until);
  }
  for (std::size_t told = 0; next_ < count_ && (told < kBetweenLooks || now_ < until); ++told) {
    tell(events_[next_++]);
  }
}

void EventLoop::collect(Instant until) {
  const Duration left = std::clamp(until - now_, Duration::zero(), kLongestWait);
  const timespec timeout{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
  const int count =
      ::epoll_pwait2(epoll_, events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
  refresh();
  count_ = count < 0 ? 0 : static_cast<std::size_t>(count);
  next_ = 0;
}

void EventLoop::tell(const epoll_event event) {
  if (event.events == 0) {
    return;  // forgotten
  }
  if (event.data.ptr == nullptr) {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const auto size = ::read(event_, &ignored, sizeof ignored);
    return;
  }
  constexpr std::uint32_t kOver = EPOLLERR | EPOLLHUP;
  static_cast<Source*>(event.data.ptr)
      ->on_ready((event.events & (EPOLLIN | EPOLLRDHUP | kOver)) != 0,
                 (event.events & (EPOLLOUT | kOver)) != 0,
                 (event.events & (EPOLLRDHUP | kOver)) != 0);
}

void EventLoop::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto size = ::write(event_, &one, sizeof one);
}

}  // namespace shaketable::loadgen::live
