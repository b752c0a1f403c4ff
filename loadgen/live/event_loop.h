#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sys/epoll.h>

#include "proxy/base/time.h"

namespace shaketable::loadgen::live {

/// The event loop of one thread of load: sockets that have become ready, and waits that end on the
/// microsecond.
///
/// Each socket is registered once, edge-triggered, for its whole life, so that a request costs no
/// system call but its own bytes. A source must therefore read (write) until the kernel has no more
/// (takes no more), or remember that it has not.
///
/// Everything but `wake` belongs to the thread that runs it.
class EventLoop {
 public:
  /// Something that is waited for.
  class Source {
   public:
    /// Edges since the last call. An error or a hang-up counts as all three. The source may be
    /// forgotten and its descriptor closed from within.
    /// `ended`: the peer has said its last word; there is no further edge for it, so it must be
    /// read now, however short the reads before it are.
    virtual void on_ready(bool readable, bool writable, bool ended) = 0;

   protected:
    ~Source() = default;
  };

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Whether the kernel gave what a loop needs; errno says why not.
  [[nodiscard]] bool is_usable() const { return epoll_ >= 0 && event_ >= 0; }

  /// Watches a descriptor until it is closed. False: the kernel refuses it.
  [[nodiscard]] bool watch(int fd, Source& source);
  /// Drops what was collected for a source that goes away.
  void forget(const Source& source);

  /// Waits until something is ready, somebody wakes it, or `until`; then tells the sources that are
  /// ready. Does not wait at all when `until` has passed. When it passes while many are told, the
  /// rest has its turn with the next call, so that what is due then is not late by all of them.
  void wait(proxy::Instant until);
  /// Ends the wait under way, or the next one. Any thread, also a signal handler.
  void wake() const;

  /// The monotonic clock, as read by the last `refresh` or `wait`.
  [[nodiscard]] proxy::Instant now() const { return now_; }
  /// Reads the clock, and returns it.
  proxy::Instant refresh();

 private:
  static constexpr std::size_t kBatch = 64;
  /// So many are told in any case, or a loop that is late would never get to hear of answers.
  static constexpr std::size_t kBetweenLooks = 8;

  /// Asks the kernel for the next batch.
  void collect(proxy::Instant until);
  void tell(epoll_event event);

  int epoll_ = -1;
  int event_ = -1;
  proxy::Instant now_{};
  std::array<epoll_event, kBatch> events_{};
  std::size_t count_ = 0;  ///< Of `events_`, of the present batch.
  std::size_t next_ = 0;   ///< The first of them that nobody has been told; `count_` if none.
};

/// The clock of `EventLoop::now`, for whoever has no loop.
[[nodiscard]] proxy::Instant monotonic_now();

}  // namespace shaketable::loadgen::live
