#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/http/proxy_protocol.h"
#include "tests/fuzz/require.h"

// Reads arbitrary bytes as a PROXY header, version 1 or 2. What must hold: no crash; a header lies
// within the bytes and its limits; its addresses are clean text and survive being written again.
namespace shaketable::proxy::http {
namespace {

using State = ProxyHeader::State;

bool is_clean(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void run(std::string_view bytes) {
  const ProxyHeader header = read_proxy_header(bytes);
  const ProxyAddresses& addresses = header.addresses;
  require(header.error.empty() == (header.state != State::kInvalid));
  require(is_clean(addresses.source.host) && is_clean(addresses.destination.host));
  if (header.state != State::kDone) {
    require(header.size == 0 && addresses == ProxyAddresses{});
    return;
  }
  require(header.size <= bytes.size() && header.size <= kMaxProxyHeaderBytes);
  // The header says the same without what follows it, and is not there without its last byte.
  require(read_proxy_header(bytes.substr(0, header.size)).addresses == addresses);
  require(read_proxy_header(bytes.substr(0, header.size - 1)).state == State::kMore);
  std::string written;
  append_proxy_header(addresses, written);
  const ProxyHeader again = read_proxy_header(written);
  require(again.state == State::kDone && again.addresses == addresses);
}

}  // namespace
}  // namespace shaketable::proxy::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shaketable::proxy::http::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
