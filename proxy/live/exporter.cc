#include "proxy/live/exporter.h"

#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "proxy/http/http1_client.h"
#include "proxy/live/worker.h"

namespace shaketable::proxy::live {

SpanExport::SpanExport(LiveWorker& worker, ExportBatch batch, const TracingConfig& tracing)
    : Link(worker), batch_(std::move(batch)), authority_(tracing.collector), path_(tracing.path) {}

void SpanExport::start(const SocketAddress& collector) {
  const int fd = ::socket(collector.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0 && (::connect(fd, collector.get(), collector.length) == 0 || errno == EINPROGRESS)) {
    adopt(fd, Stage::kConnecting, collector);
    return;
  }
  if (fd >= 0) {
    ::close(fd);
  }
  lose(LinkEnd::kConnectFailed);
}

void SpanExport::on_connect_result(int error) {
  if (error != 0) {
    lose(LinkEnd::kConnectFailed);
    return;
  }
  auto codec = std::make_unique<http::Http1ClientCodec>(*this, worker_.config().limits.codec);
  http::Http1ClientCodec& client = *codec;
  set_codec(std::move(codec));
  http::RequestMessage request;
  request.method = "POST";
  request.authority = authority_.starts_with("unix:") ? "localhost" : authority_;
  request.path = path_;
  request.headers.add("content-type", batch_.content_type);
  request.headers.add("content-length", std::to_string(batch_.body.size()));
  request.body = http::BodyKind::kLength;
  request.content_length = batch_.body.size();
  const http::StreamNumber number = client.send_request(request, false);
  client.send_data(number, batch_.body, true);
  mark_dirty();
}

void SpanExport::on_response(http::StreamNumber, http::ResponseMessage& response, bool end) {
  status_ = response.status;
  if (end) {
    finish();
  }
}

void SpanExport::on_response_data(http::StreamNumber, http::Bytes, bool end) {
  if (end) {
    finish();
  }
}

void SpanExport::finish() {
  codec()->drain();
  mark_dirty();
}

void SpanExport::on_closed() {
  worker_.on_spans_exported(*this, batch_.spans, status_ >= 200 && status_ < 300);
}

}  // namespace shaketable::proxy::live
