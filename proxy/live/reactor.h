#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "proxy/base/time.h"

/// The one place that knows Boost.Asio.
namespace shaketable::proxy::live {

/// The event loop of one thread: descriptors that become ready, one deadline, work from other
/// threads. Everything but `post` and `stop` belongs to the thread that runs it.
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
    Descriptor();
    /// Takes the descriptor over.
    Descriptor(Reactor& reactor, int fd, Events& events);
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;

    [[nodiscard]] bool is_open() const { return impl_ != nullptr; }
    [[nodiscard]] int fd() const { return fd_; }
    /// One call of on_readable (on_writable) when it is ready, also when it has failed. Asking
    /// again before that changes nothing.
    void want_read();
    void want_write();
    void close();

   private:
    friend class Reactor;
    struct Impl;
    std::shared_ptr<Impl> impl_;
    int fd_ = -1;
  };

  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Time since the start of the process's monotonic clock, read once before each call.
  [[nodiscard]] Instant now() const { return now_; }

  /// Calls `wake` at `at` or a little later; replaces an earlier wish that was later. Call it with
  /// what is due next after each piece of work: it costs nothing when an earlier one is set.
  void wake_at(Instant at);
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }

  /// Runs `work` on the loop's thread, soon. Any thread.
  void post(std::function<void()> work);
  /// Calls `handle(number)` on each of the signals.
  void on_signals(const std::vector<int>& signals, std::function<void(int)> handle);

  /// Until `stop`.
  void run();
  /// Any thread.
  void stop();

 private:
  void refresh_clock();

  struct Loop;
  std::unique_ptr<Loop> loop_;
  Instant now_{};
  std::function<void()> wake_;
};

}  // namespace shaketable::proxy::live
