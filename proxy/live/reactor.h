#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "proxy/base/time.h"

/// The one place that knows epoll.
namespace shaketable::proxy::live {

/// The event loop of one thread: descriptors that become ready, one deadline, work from other
/// threads. Everything but `post` and `stop` belongs to the thread that runs it.
///
/// What a descriptor is watched for stays with the kernel until an event comes that nobody waits
/// for any more: a connection that is always read on, as nearly all are, costs no system call but
/// its reads and writes.
class Reactor {
 public:
  /// What happens on a descriptor. The descriptor may be closed or destroyed in a call.
  class Events {
   public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

   protected:
    ~Events() = default;
  };

  /// An open file descriptor; closed with the object. Non-blocking.
  class Descriptor {
   public:
    Descriptor() = default;
    /// Takes the descriptor over.
    Descriptor(Reactor& reactor, int fd, Events& events);
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;

    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    [[nodiscard]] int fd() const { return fd_; }
    /// One call of on_readable (on_writable) when it is ready, also when it has failed. Asking
    /// again before that changes nothing.
    void want_read();
    void want_write();
    void close();

   private:
    Reactor* reactor_ = nullptr;
    std::uint32_t watch_ = 0;  ///< Slot among the reactor's watches.
    int fd_ = -1;
  };

  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Time of the system's monotonic clock, read once before each call.
  [[nodiscard]] Instant now() const { return now_; }

  /// Calls `wake` at `at` or up to a millisecond later, so that timeouts of many requests share a
  /// wake-up; replaces an earlier wish that was later. Call it with
  /// what is due next after each piece of work: it costs nothing when an earlier one is set.
  void wake_at(Instant at);
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }

  /// Runs `work` on the loop's thread, behind the descriptors that are ready now. Any thread.
  void post(std::function<void()> work);
  /// Calls `handle(number)` on each of the signals. Of all reactors of a process one may do so.
  void on_signals(const std::vector<int>& signals, std::function<void(int)> handle);

  /// Until `stop`.
  void run();
  /// Any thread.
  void stop();

 private:
  struct Loop;

  void refresh_clock();
  [[nodiscard]] int patience() const;
  void wait();
  void deliver(std::uint64_t watch, std::uint32_t events);
  void run_posted();
  void take_signals();

  std::unique_ptr<Loop> loop_;
  Instant now_{};
  Instant wake_at_ = kNever;
  std::function<void()> wake_;
};

}  // namespace shaketable::proxy::live
