#include <string>
#include <utility>

#include "proxy/live/worker.h"

// Requests on the admin port: they go to the main thread, which knows all workers.
namespace shaketable::proxy::live {

void LiveWorker::start_admin(Downstream& down, http::StreamNumber number,
                             http::RequestMessage& request, bool end) {
  const auto [handle, stream] = streams_.take();
  stream->clear();
  stream->handle = handle;
  stream->is_admin = true;
  stream->down = &down;
  stream->down_number = number;
  stream->request_ended = end;
  std::swap(stream->request, request);
  down.add_stream(number, handle);
  if (end) {
    ask_admin(*stream);
  }
}

void LiveWorker::ask_admin(Stream& stream) {
  AdminCall call;
  call.request = stream.request;
  call.body = stream.body;
  call.peer_is_loopback = stream.down->peer_is_loopback();
  call.answer = [this, handle = stream.handle](AdminResponse answer) {
    reactor_.post([this, handle, answer = std::move(answer)] {
      answer_admin(handle, answer);
      finish();
    });
  };
  shared_.admin(std::move(call));
}

void LiveWorker::answer_admin(std::uint64_t handle, const AdminResponse& answer) {
  Stream* const stream = streams_.find(handle);
  if (stream == nullptr) {
    return;  // whoever asked has gone
  }
  http::ResponseMessage response;
  response.status = answer.status;
  response.body = http::BodyKind::kLength;
  response.content_length = answer.body.size();
  response.headers.add("content-type", answer.content_type);
  response.headers.add("content-length", std::to_string(answer.body.size()));
  for (const auto& [name, value] : answer.headers) {
    response.headers.add(name, value);
  }
  Downstream& down = *stream->down;
  down.server()->send_response(stream->down_number, response, answer.body.empty());
  if (!answer.body.empty()) {
    down.server()->send_data(stream->down_number, answer.body, true);
  }
  down.forget_stream(stream->down_number);
  down.mark_dirty();
  streams_.give_back(handle);
}

}  // namespace shaketable::proxy::live
