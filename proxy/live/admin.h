#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/base/time.h"
#include "proxy/http/message.h"
#include "proxy/live/faults.h"
#include "proxy/live/live_config.h"
#include "proxy/live/log.h"
#include "proxy/live/server_info.h"
#include "proxy/live/stats.h"

/// The pages of the admin port. Sans-IO: a request and what is known go in, an answer comes out.
namespace shaketable::proxy::live {

/// Views live for the call only.
struct AdminRequest {
  std::string_view method;
  std::string_view path;  ///< With query.
  std::string_view authority;
  const http::HeaderList* headers = nullptr;  ///< May be absent.
  std::string_view body;
  bool peer_is_loopback = false;  ///< Also true for Unix sockets.
};

struct AdminResponse {
  std::uint16_t status = 200;
  std::string content_type = "text/plain; charset=UTF-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Besides content-type.
};

/// What pages may change. Each is called at most once in a request, on the caller's thread; an
/// empty one makes its page answer 501.
struct AdminCommands {
  std::function<void()> drain;  ///< Begin the graceful drain; returns at once.
  std::function<void()> quit;   ///< End the process after the answer has been sent.
  /// Loads the files again and applies them; the new version, or why the old one stays.
  std::function<Result<std::uint64_t>()> reload;
  std::function<void(LogLevel)> set_log_level;
  /// The set of faults has changed: `faults.apply` on a copy of the loaded configuration, then all
  /// workers. Undone by the page if it fails.
  std::function<Result<void>()> apply_faults;
};

/// Everything that the pages read. Pointers may be absent where needs() does not name them.
struct AdminContext {
  Instant now{};
  const LiveConfig* config = nullptr;  ///< As loaded, without runtime faults.
  const StatsSnapshot* stats = nullptr;
  const ServerInfo* server = nullptr;
  RuntimeFaults* faults = nullptr;
  LogLevel log_level = LogLevel::kInfo;
  AdminCommands commands;
};

/// What a request needs in its context beyond `config`.
struct AdminNeeds {
  bool stats = false;   ///< Snapshots of all workers, merged.
  bool server = false;  ///< ServerInfo.
};

/// Rules that hold for every page:
/// - Peers that are not on loopback need `authorization: Bearer <AdminConfig::token>`; without a
///   token in the configuration they get nothing. Compared in constant time.
/// - Without that token the Host must be an address, "localhost" or the admin address itself, so
///   that a web page cannot reach it by a name that it made point here (DNS rebinding).
/// - What changes state needs POST (or DELETE), and is refused when a browser says that another
///   site sent it.
class AdminPages {
 public:
  [[nodiscard]] static AdminNeeds needs(std::string_view path);
  /// The answer to somebody who may not ask at all. `handle` asks this too; ask before gathering
  /// what is needed, so that strangers cost nothing.
  [[nodiscard]] static std::optional<AdminResponse> refuse(const AdminRequest& request,
                                                           const AdminConfig& config);
  [[nodiscard]] static AdminResponse handle(const AdminRequest& request,
                                            const AdminContext& context);
};

/// Equal, in a time that tells nothing about where they differ.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace shaketable::proxy::live
