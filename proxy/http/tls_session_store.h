#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

struct ssl_session_st;

namespace shaketable::proxy::http {

/// The sessions that clients of one context can resume: the newest one of each peer address. Safe
/// to use from several threads.
///
/// A session is used until a newer one replaces it or it is too old, by several connections if need
/// be: what that gives away (an observer can tell that two connections have one client) the
/// addresses of a mesh give away anyway.
class TlsSessionStore {
 public:
  /// Peers that are remembered; beyond it an arbitrary one is forgotten. A session with its
  /// certificates takes some 10 KB.
  static constexpr std::size_t kMaxPeers = 256;

  TlsSessionStore() = default;
  ~TlsSessionStore();
  TlsSessionStore(const TlsSessionStore&) = delete;
  TlsSessionStore& operator=(const TlsSessionStore&) = delete;

  /// Remembers a session; takes over one reference. `valid_until`: when a certificate of the
  /// peer's chain expires, seconds since 1970.
  void put(std::string_view peer, ssl_session_st* session, std::int64_t valid_until);

  struct Found {
    ssl_session_st* session = nullptr;  ///< With a reference for the caller; or nullptr.
    std::int64_t valid_until = 0;
  };
  /// The session for a peer; none when its certificates have expired at `now`.
  [[nodiscard]] Found find(std::string_view peer, std::int64_t now);
  /// Forgets the peer: its session was of no use.
  void remove(std::string_view peer);

 private:
  struct Entry {
    ssl_session_st* session = nullptr;
    std::int64_t valid_until = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace shaketable::proxy::http
