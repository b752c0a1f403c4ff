#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "proxy/live/link.h"
#include "proxy/live/live_config.h"
#include "proxy/live/tracing.h"

namespace shaketable::proxy::live {

/// What became of a worker's spans; written by its thread, read by any.
struct ExportCounts {
  std::atomic<std::uint64_t> exported = 0;
  std::atomic<std::uint64_t> failed = 0;  ///< Of batches that the collector did not take.
  std::atomic<std::uint64_t> errors = 0;  ///< Batches.
};

/// One POST of a batch of spans to the collector, over HTTP/1.1 on a connection of its own. It
/// tells how it ended and is then destroyed by its worker.
class SpanExport final : public Link, public http::ClientHandler {
 public:
  SpanExport(LiveWorker& worker, ExportBatch batch, const TracingConfig& tracing);

  /// Begins to connect; ends by itself, also when it fails here.
  void start(const SocketAddress& collector);

  // http::ClientHandler
  void on_informational(http::StreamNumber, http::ResponseMessage&) override {}
  void on_response(http::StreamNumber number, http::ResponseMessage& response, bool end) override;
  void on_response_data(http::StreamNumber, http::Bytes, bool end) override;
  void on_response_trailers(http::StreamNumber, http::HeaderList&) override { finish(); }
  void on_response_reset(http::StreamNumber, http::StreamError) override {}
  void on_request_drained(http::StreamNumber) override {}
  void on_going_away() override {}

 protected:
  void on_connect_result(int error) override;
  void on_secure() override {}
  void on_closed() override;
  [[nodiscard]] Duration patience(http::Phase) const override { return std::chrono::seconds(5); }
  LinkEnd on_patience_over(http::Phase) override { return LinkEnd::kLocal; }
  [[nodiscard]] bool lingers() const override { return false; }

 private:
  void finish();

  ExportBatch batch_;
  std::string authority_;
  std::string path_;
  std::uint16_t status_ = 0;
};

}  // namespace shaketable::proxy::live
