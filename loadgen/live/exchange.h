#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "loadgen/live/failure.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/base/time.h"
#include "proxy/http/message.h"

namespace shaketable::loadgen::live {

class Connection;
class ExchangeList;
struct ConnectionOwner;

/// Number of an origin that a transport knows.
using OriginIndex = std::uint32_t;

/// One request and its response, or the reason why there is none. The caller owns it, fills the
/// first part, and may use it again once the transport has told that it is done; until then it
/// stays where it is, and so does what its views see.
struct Exchange {
  // --- asked -----------------------------------------------------------------------------------
  OriginIndex origin = 0;
  /// The head, without the body. For HTTP/1 what `rendered` holds is sent instead, if there is
  /// anything: head and body as they go out.
  const proxy::http::RequestMessage* request = nullptr;
  std::string_view rendered;
  std::string_view body;
  /// Whose connections it may use, when they are not everybody's (`Reuse::kSession`).
  ConnectionOwner* owner = nullptr;
  proxy::Duration timeout{};  ///< From start() to the end of the response; 0 = none.
  bool wants_headers = false;
  bool wants_body = false;
  /// The response is told piece by piece: `Transport::take_done` gives the exchange whenever there
  /// is something new, until it `is_over`.
  bool is_conversation = false;
  /// The request's body is not over yet: `Transport::send_data` goes on with it.
  bool keeps_sending = false;
  /// May be sent once more, on a new connection, when the server closes an old one under it.
  bool may_repeat = false;

  // --- answered --------------------------------------------------------------------------------
  Failure failure = Failure::kNone;
  std::uint16_t status = 0;  ///< 0 = no head came.
  proxy::Instant started{};  ///< Given to the transport.
  proxy::Instant sent{};     ///< Given to a connection.
  proxy::Instant head_at{};  ///< The response's head was there.
  proxy::Instant done{};
  proxy::http::HeaderList headers;   ///< With wants_headers.
  proxy::http::HeaderList trailers;  ///< Always.
  std::string content;               ///< The body, with wants_body; of a conversation: what is new.
  std::uint64_t body_bytes = 0;
  bool is_over = false;       ///< Of a conversation: nothing follows.
  bool is_under_way = false;  ///< Started, and not over.

  // --- the transport's own ---------------------------------------------------------------------
  Connection* connection = nullptr;  ///< That it was sent on.
  Connection* opening = nullptr;     ///< That is being opened for it alone.
  ExchangeList* list = nullptr;      ///< In which it waits, or is told as done.
  Exchange* next = nullptr;
  Exchange* previous = nullptr;
  proxy::TimerHandle timer{};
  std::uint32_t stream = 0;
  bool was_repeated = false;
  bool was_on_used_connection = false;

  /// Forgets the answer, and keeps its memory.
  void reset_answer() {
    failure = Failure::kNone;
    status = 0;
    head_at = done = sent = {};
    headers.clear();
    trailers.clear();
    content.clear();
    body_bytes = 0;
    is_over = was_repeated = was_on_used_connection = false;
  }
};

/// Exchanges in order, linked by themselves: each is in one list at most, and every operation takes
/// the same time however many wait. Stays where it is.
class ExchangeList {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// It must be in no list.
  void push_back(Exchange& exchange) {
    exchange.list = this;
    exchange.next = nullptr;
    exchange.previous = last_;
    (last_ == nullptr ? first_ : last_->next) = &exchange;
    last_ = &exchange;
    ++size_;
  }
  /// The first one, taken out; null if there is none.
  Exchange* pop_front() {
    Exchange* const taken = first_;
    if (taken != nullptr) {
      remove(*taken);
    }
    return taken;
  }
  /// Takes one out; false if it is not in this list.
  bool remove(Exchange& exchange) {
    if (exchange.list != this) {
      return false;
    }
    (exchange.previous == nullptr ? first_ : exchange.previous->next) = exchange.next;
    (exchange.next == nullptr ? last_ : exchange.next->previous) = exchange.previous;
    exchange.list = nullptr;
    exchange.next = exchange.previous = nullptr;
    --size_;
    return true;
  }

 private:
  Exchange* first_ = nullptr;
  Exchange* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace shaketable::loadgen::live
