#include <algorithm>
#include <utility>

#include "loadgen/live/connection.h"
#include "loadgen/live/transport.h"

// What a connection's codec tells of the answers on it.

namespace shaketable::loadgen::live {
namespace {

namespace http = proxy::http;

Failure failure_of_stream(http::StreamError error) {
  switch (error) {
    case http::StreamError::kRefused:
      return Failure::kStreamRefused;
    case http::StreamError::kProtocol:
      return Failure::kProtocol;
    case http::StreamError::kConnectionLost:
      return Failure::kClosed;
    case http::StreamError::kCancelled:
    case http::StreamError::kInternal:
      break;
  }
  return Failure::kStreamReset;
}

}  // namespace

void Connection::on_informational(http::StreamNumber /*stream*/,
                                  http::ResponseMessage& /*response*/) {}

void Connection::on_response(http::StreamNumber stream, http::ResponseMessage& response, bool end) {
  if (stage_ == Stage::kProxy) {
    proxy_said_yes_ = response.status >= 200 && response.status <= 299;
    proxy_said_no_ = !proxy_said_yes_;
    return;
  }
  Exchange* const exchange = streams_.find(stream);
  if (exchange == nullptr) {
    return;
  }
  exchange->head_at = moved_;
  exchange->status = response.status;
  if (exchange->wants_headers) {
    std::swap(exchange->headers, response.headers);
  }
  if (end) {
    end_exchange(*exchange, Failure::kNone);
  } else if (exchange->is_conversation) {
    transport_.note_news(*exchange);
  } else if (exchange->wants_body && response.body == http::BodyKind::kLength) {
    constexpr std::uint64_t kReserve = 64 * 1024;
    exchange->content.reserve(
        static_cast<std::size_t>(std::min(response.content_length, kReserve)));
  }
}

void Connection::on_response_data(http::StreamNumber stream, http::Bytes bytes, bool end) {
  if (stage_ == Stage::kProxy) {
    return;
  }
  Exchange* const exchange = streams_.find(stream);
  if (exchange == nullptr) {
    return;
  }
  take_body(*exchange, bytes);
  if (exchange->connection != this) {
    return;  // too much
  }
  if (end) {
    end_exchange(*exchange, Failure::kNone);
  } else if (exchange->is_conversation) {
    transport_.note_news(*exchange);
  }
}

void Connection::take_body(Exchange& exchange, std::string_view bytes) {
  exchange.body_bytes += bytes.size();
  if (exchange.body_bytes > transport_.config_.max_body_bytes) {
    abandon(exchange);
    transport_.finish(exchange, Failure::kBodyTooLarge);
    return;
  }
  if (exchange.wants_body) {
    exchange.content.append(bytes);
  }
}

void Connection::on_response_trailers(http::StreamNumber stream, http::HeaderList& trailers) {
  Exchange* const exchange = streams_.find(stream);
  if (exchange != nullptr) {
    std::swap(exchange->trailers, trailers);
    end_exchange(*exchange, Failure::kNone);
  }
}

void Connection::on_response_reset(http::StreamNumber stream, http::StreamError error) {
  Exchange* const exchange = streams_.find(stream);
  if (exchange == nullptr) {
    return;
  }
  Failure failure = failure_of_stream(error);
  if (error == http::StreamError::kConnectionLost && ending_ != Failure::kNone) {
    failure = ending_;
  } else if (error == http::StreamError::kProtocol && codec_->has_failed()) {
    failure = failure_of_codec();
  }
  end_exchange(*exchange, failure);
}

void Connection::end_exchange(Exchange& exchange, Failure failure) {
  streams_.remove(exchange.stream);
  exchange.connection = nullptr;
  transport_.finish(exchange, failure);
}

}  // namespace shaketable::loadgen::live
