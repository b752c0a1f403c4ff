#include <utility>

#include "loadgen/live/load_runner.h"
#include "proxy/base/base64.h"

// Conversations of a load runner: streams of events, and WebSockets.

namespace shaketable::loadgen::live {
namespace {

using proxy::Duration;

/// A server that was told that a WebSocket is over has this long to say so, too.
constexpr Duration kCloseTime = std::chrono::seconds(2);
constexpr std::uint16_t kGoneWell = 1000;

std::string websocket_key(proxy::Rng& rng) {
  std::string bytes(16, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(rng.below(256));
  }
  return proxy::to_base64(bytes);
}

}  // namespace

// ---- streams of events ------------------------------------------------------------------------

void LoadRunner::on_event_stream(LoadUser& user) {
  const bool has_begun = user.status >= 200 && user.status < 300;
  bool is_enough = false;
  if (has_begun && user.failure == Failure::kNone) {
    const Duration listen = user.session.request().listen;
    if (!user.is_over && listen > Duration::zero() && user.wait == proxy::TimerHandle{}) {
      transport_.lift_timeout(user);  // the stream has begun, and this is how long it may take
      wait_until(user, proxy::after(load_time(user.head_at), listen));
    }
    if (!user.content.empty()) {
      is_enough = user.session.on_stream_data(user.content);
      user.content.clear();
    }
  }
  if (is_enough && !user.is_over) {
    transport_.end_early(user);
    return;  // comes again, as over
  }
  if (user.is_over) {
    wait_until(user, proxy::kNever);
    on_answer(user);
  }
}

// ---- WebSockets -------------------------------------------------------------------------------

void LoadRunner::open_websocket(LoadUser& user) {
  proxy::Rng keys = rng_.stream("websocket", masks_++);
  user.talk = std::make_unique<Talk>();
  user.talk->key = websocket_key(keys);
  user.talk->mask = static_cast<std::uint32_t>(keys.next());
}

void LoadRunner::send_frame(LoadUser& user, bool is_binary) {
  std::string bytes;
  user.talk->socket.send_message(user.session.frame(), is_binary, user.talk->mask, bytes);
  transport_.send_data(user, bytes, /*end=*/false);
}

void LoadRunner::close_websocket(LoadUser& user) {
  user.talk->is_closing = true;
  if (user.is_over) {
    return;  // the server was first; whoever noticed goes on
  }
  std::string bytes;
  user.talk->socket.send_close(kGoneWell, user.talk->mask, bytes);
  transport_.send_data(user, bytes, /*end=*/false);
  wait_until(user, proxy::after(now(), kCloseTime));
}

/// The end of the handshake; false if it is not there, or no WebSocket came of it. A server may
/// have said its last word by then.
bool LoadRunner::opens(LoadUser& user) {
  Talk& talk = *user.talk;
  const bool is_http2 = user.connection != nullptr && user.connection->is_http2();
  const bool is_lost = user.failure != Failure::kNone && user.failure != Failure::kClosed;
  if (is_lost || user.status != (is_http2 ? 200 : 101)) {
    if (user.is_over) {
      on_answer(user);
    }
    return false;  // a refusal, perhaps with a body that is still coming
  }
  const auto accept = user.headers.find("sec-websocket-accept");
  if (!is_http2 && accept.value_or("") != WebSocketClient::accept_value(talk.key)) {
    if (user.is_over) {
      user.failure = Failure::kProtocol;
      on_answer(user);
    } else {
      transport_.cancel(user, Failure::kProtocol);
    }
    return false;
  }
  talk.is_open = true;
  transport_.lift_timeout(user);  // each step of the conversation has its own
  if (tell_response(user, {}).continues) {
    drive(user);
  }
  return true;
}

void LoadRunner::on_websocket(LoadUser& user) {
  Talk& talk = *user.talk;
  if (!talk.is_open && !opens(user)) {
    return;
  }
  read_messages(user);
  if (!user.is_over || user.talk == nullptr || user.list != nullptr) {
    return;  // not over, or it comes again as over
  }
  wait_until(user, proxy::kNever);
  user.awaits_frame = false;
  // A server that closes the connection instead of saying goodbye has ended it all the same.
  const bool is_goodbye = talk.is_closing && user.failure != Failure::kCancelled;
  const Verdict verdict =
      user.failure == Failure::kNone || is_goodbye ? user.session.on_closed(now()) : judge(user);
  if (is_goodbye) {
    user.failure = Failure::kNone;
  }
  user.talk.reset();
  if (user.failure != Failure::kCancelled) {
    record(user, verdict);
  }
  drive(user);
}

void LoadRunner::read_messages(LoadUser& user) {
  const std::string bytes = std::exchange(user.content, {});
  std::string_view input = bytes;
  Talk& talk = *user.talk;
  while (true) {
    std::string answer;
    const WebSocketClient::Event event = talk.socket.receive(input, talk.mask, answer);
    if (!answer.empty()) {
      transport_.send_data(user, answer, /*end=*/false);
    }
    switch (event) {
      case WebSocketClient::Event::kMore:
        return;
      case WebSocketClient::Event::kMessage:
        user.session.on_message(now(), talk.socket.message());
        if (user.awaits_frame) {
          user.awaits_frame = false;
          drive(user);
        }
        break;
      case WebSocketClient::Event::kClosed:
        transport_.flush();
        transport_.end_early(user);
        return;
      case WebSocketClient::Event::kBroken:
        transport_.cancel(user, Failure::kProtocol);
        return;
    }
  }
}

}  // namespace shaketable::loadgen::live
