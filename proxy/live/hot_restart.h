#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/base/result.h"
#include "proxy/base/time.h"
#include "proxy/live/open_sockets.h"
#include "proxy/live/reactor.h"

/// Hot restart: a new process takes the listening sockets of the one that runs, through a Unix
/// socket (SOCK_SEQPACKET) at a path that both were given.
///
///     new                                     old
///      |--- hello, version, program ---------->|   checks version and user
///      |<-- sockets, addresses (SCM_RIGHTS) ---|   as many messages as it takes
///      |<-- end, its epoch --------------------|
///      |    opens what is missing, gets ready  |   both could accept; only the old one does
///      |--- ready ---------------------------->|   gives the path up, begins to drain
///      |<-- bye -------------------------------|
///      |    serves, listens at the path        |   ends with its last connection
///
/// The sockets are never closed in between: whoever connects is served by the one or the other.
/// If either side fails before "bye", the old one goes on as if nothing had been; the new one ends.
namespace shaketable::proxy::live {

class Logger;

/// Of the messages above. Programs of different versions may follow each other as long as this is
/// the same.
inline constexpr std::uint32_t kHotRestartVersion = 1;
/// What either side waits for the other.
inline constexpr Duration kHotRestartPatience = std::chrono::seconds(5);

/// The new process's side. Blocks, each wait for at most kHotRestartPatience.
class HotRestartClient {
 public:
  /// Asks whoever listens at `path`; null when nobody does. An error when the peer is another
  /// user's, of another version, or does not answer.
  static Result<std::unique_ptr<HotRestartClient>> connect(const std::string& path,
                                                           std::string_view program,
                                                           Duration patience = kHotRestartPatience);
  ~HotRestartClient();
  HotRestartClient(const HotRestartClient&) = delete;
  HotRestartClient& operator=(const HotRestartClient&) = delete;

  /// The predecessor's listening sockets; empties with the first call.
  [[nodiscard]] OpenSockets take_sockets() { return std::move(sockets_); }
  /// How many restarts there have been, this one included.
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }
  /// Everything is ready: returns when the predecessor has begun to drain. After an error it may go
  /// on serving, so this process must not.
  Result<void> finish();

 private:
  explicit HotRestartClient(int fd) : fd_(fd) {}
  Result<void> receive_sockets();

  int fd_;
  OpenSockets sockets_;
  std::uint32_t epoch_ = 0;
};

/// The running process's side, on its main thread. Serves one successor at a time.
class HotRestartServer final : private Reactor::Events {
 public:
  struct Hooks {
    /// Collects duplicates of all listening sockets; calls the function on the main thread, later
    /// or at once.
    std::function<void(std::function<void(OpenSockets)>)> gather;
    /// The successor is ready: drain. The path has been given up.
    std::function<void()> hand_over;
  };

  /// Listens at `path`; a socket that a dead process left there is replaced.
  static Result<std::unique_ptr<HotRestartServer>> open(Reactor& reactor, const std::string& path,
                                                        std::uint32_t epoch, Hooks hooks,
                                                        Logger& log,
                                                        Duration patience = kHotRestartPatience);
  /// Removes the path, unless it was handed over.
  ~HotRestartServer();
  HotRestartServer(const HotRestartServer&) = delete;
  HotRestartServer& operator=(const HotRestartServer&) = delete;

  /// Drops a successor that has been silent for too long; to be called every second or so.
  void check_patience();

 private:
  class Session;

  HotRestartServer(Reactor& reactor, int fd, std::string path, std::uint32_t epoch, Hooks hooks,
                   Logger& log, Duration patience);
  void on_readable() override;
  void on_writable() override {}
  void give_up_path();
  void end_session();

  Reactor& reactor_;
  Reactor::Descriptor listening_;
  std::string path_;  ///< Empty once it was given up.
  std::uint32_t epoch_;
  Hooks hooks_;
  Logger& log_;
  Duration patience_;
  std::shared_ptr<Session> session_;  // shared with what waits for gathered sockets
};

}  // namespace shaketable::proxy::live
