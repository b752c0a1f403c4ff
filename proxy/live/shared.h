#pragma once

#include <functional>
#include <string>

#include "proxy/http/message.h"
#include "proxy/live/admin.h"
#include "proxy/live/log.h"

namespace shaketable::proxy::live {

/// A request on the admin port, on its way to the main thread and back.
struct AdminCall {
  http::RequestMessage request;
  std::string body;
  bool peer_is_loopback = false;
  std::function<void(AdminResponse)> answer;  ///< Called once, from any thread.
};

/// What all workers of a process share. Everything in it may be used from any thread.
struct Shared {
  Logger* log = nullptr;  ///< Never null.
  std::string program;    ///< "shaketable-proxy 0.1.0".
  std::function<void(AdminCall)> admin;
};

}  // namespace shaketable::proxy::live
