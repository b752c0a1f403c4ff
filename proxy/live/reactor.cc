#include "proxy/live/reactor.h"

#include <ctime>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace shaketable::proxy::live {
namespace asio = boost::asio;

struct Reactor::Loop {
  asio::io_context io{1};  // one thread runs it
  asio::executor_work_guard<asio::io_context::executor_type> guard{io.get_executor()};
  asio::steady_timer timer{io};
  asio::signal_set signals{io};
  Instant armed = kNever;
};

struct Reactor::Descriptor::Impl {
  Impl(Reactor& owner, int fd, Events& what)
      : reactor(owner), stream(owner.loop_->io, fd), events(&what) {}

  Reactor& reactor;
  asio::posix::stream_descriptor stream;
  Events* events;  // null once closed
  bool waits_read = false;
  bool waits_write = false;
};

Reactor::Descriptor::Descriptor() = default;

Reactor::Descriptor::Descriptor(Reactor& reactor, int fd, Events& events)
    : impl_(std::make_shared<Impl>(reactor, fd, events)), fd_(fd) {}

Reactor::Descriptor::~Descriptor() { close(); }

Reactor::Descriptor::Descriptor(Descriptor&& other) noexcept
    : impl_(std::move(other.impl_)), fd_(std::exchange(other.fd_, -1)) {}

Reactor::Descriptor& Reactor::Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    impl_ = std::move(other.impl_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Reactor::Descriptor::want_read() {
  if (impl_ == nullptr || impl_->waits_read) {
    return;
  }
  impl_->waits_read = true;
  impl_->stream.async_wait(asio::posix::stream_descriptor::wait_read,
                           [impl = impl_](const boost::system::error_code&) {
                             impl->waits_read = false;
                             if (impl->events != nullptr) {
                               impl->reactor.refresh_clock();
                               impl->events->on_readable();
                             }
                           });
}

void Reactor::Descriptor::want_write() {
  if (impl_ == nullptr || impl_->waits_write) {
    return;
  }
  impl_->waits_write = true;
  impl_->stream.async_wait(asio::posix::stream_descriptor::wait_write,
                           [impl = impl_](const boost::system::error_code&) {
                             impl->waits_write = false;
                             if (impl->events != nullptr) {
                               impl->reactor.refresh_clock();
                               impl->events->on_writable();
                             }
                           });
}

void Reactor::Descriptor::close() {
  if (impl_ != nullptr) {
    impl_->events = nullptr;
    boost::system::error_code ignored;
    impl_->stream.close(ignored);
    impl_.reset();
    fd_ = -1;
  }
}

Reactor::Reactor() : loop_(std::make_unique<Loop>()) { refresh_clock(); }
Reactor::~Reactor() = default;

void Reactor::refresh_clock() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  const Instant read = instant_at(time.tv_sec * 1'000'000'000 + time.tv_nsec);
  now_ = read > now_ ? read : now_;  // never backwards, whatever the host does to its clock
}

void Reactor::wake_at(Instant at) {
  if (at >= loop_->armed) {
    return;
  }
  loop_->armed = at;
  // Rounded up to a millisecond, so that timeouts of many requests share a wake-up.
  const std::int64_t ns = nanoseconds_of(at) + 999'999;
  loop_->timer.expires_at(
      std::chrono::steady_clock::time_point(std::chrono::nanoseconds(ns - ns % 1'000'000)));
  loop_->timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      loop_->armed = kNever;
      refresh_clock();
      wake_();
    }
  });
}

void Reactor::post(std::function<void()> work) {
  asio::post(loop_->io, [this, work = std::move(work)] {
    refresh_clock();
    work();
  });
}

void Reactor::on_signals(const std::vector<int>& signals, std::function<void(int)> handle) {
  boost::system::error_code ignored;
  for (const int number : signals) {
    loop_->signals.add(number, ignored);
  }
  loop_->signals.async_wait([this, handle](const boost::system::error_code& error, int number) {
    if (!error) {
      refresh_clock();
      on_signals({}, handle);
      handle(number);
    }
  });
}

void Reactor::run() { loop_->io.run(); }
void Reactor::stop() { loop_->io.stop(); }

}  // namespace shaketable::proxy::live
