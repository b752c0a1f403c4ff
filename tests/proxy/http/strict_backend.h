#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A second reading of HTTP/1.1 requests, written without the product's parser: what a strict
/// application makes of the bytes that a proxy sends it.
namespace shaketable::proxy::http {

class StrictBackend {
 public:
  struct Request {
    std::string target;
    std::size_t body_size = 0;
  };

  /// Takes bytes; complains about the first thing that is not strictly valid.
  void receive(std::string_view bytes);

  [[nodiscard]] const std::vector<Request>& requests() const { return requests_; }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }
  /// Everything that came.
  [[nodiscard]] const std::string& bytes() const { return all_; }

 private:
  enum class Read { kWhole, kMore, kBad };
  Read read_request();
  Read read_body(std::size_t begin, bool is_chunked, std::size_t length, Request& request,
                 std::size_t& end);
  Read complain(std::string text) {
    complaint_ = std::move(text);
    return Read::kBad;
  }

  std::string all_, buffer_, complaint_;
  std::vector<Request> requests_;
};

}  // namespace shaketable::proxy::http
