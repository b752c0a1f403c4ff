#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/http/client_hello.h"
#include "tests/fuzz/require.h"

// Reads arbitrary bytes as the beginning of a TLS connection. What must hold: no crash; the guess,
// the progress and the hello agree; a longer prefix never takes back an answer; names are clean.
namespace shaketable::proxy::http {
namespace {

void run(std::string_view bytes) {
  const ClientHello hello = read_client_hello(bytes);
  const HelloProgress progress = hello_progress(bytes);
  require(!(hello.complete && !hello.valid));
  require(hello.complete || (hello.server_name.empty() && hello.alpn.empty()));
  require(hello.server_name.empty() || is_host_name(hello.server_name));
  require(hello.complete ? progress == HelloProgress::kWhole : true);
  require(guess_tls(bytes) == TlsGuess::kNo ? progress == HelloProgress::kInvalid : true);
  // Half of the bytes cannot know more than all of them.
  const std::string_view half = bytes.substr(0, bytes.size() / 2);
  if (hello_progress(half) != HelloProgress::kMore) {
    require(hello_progress(half) == progress);
    require(read_client_hello(half).server_name == hello.server_name);
  }
}

}  // namespace
}  // namespace shaketable::proxy::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shaketable::proxy::http::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
