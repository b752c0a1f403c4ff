#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/live/websocket.h"
#include "tests/fuzz/require.h"

// Frames of a server, cut where the first byte says. What must hold: no crash, limits are kept, and
// the same bytes give the same messages and answers however they are cut.
namespace shaketable::loadgen::live {
namespace {

constexpr std::size_t kMostBytes = 4'096;
constexpr std::uint32_t kMask = 0x12345678;
using Event = WebSocketClient::Event;

struct Heard {
  std::vector<std::string> messages;
  std::string answers;
  Event last = Event::kMore;

  friend bool operator==(const Heard&, const Heard&) = default;
};

Heard listen(std::string_view bytes, std::size_t piece) {
  WebSocketClient client(kMostBytes);
  Heard heard;
  while (!bytes.empty() && heard.last == Event::kMore) {
    std::string_view input = bytes.substr(0, piece);
    bytes.remove_prefix(input.size());
    do {
      heard.last = client.receive(input, kMask, heard.answers);
      if (heard.last == Event::kMessage) {
        require(client.message().size() <= kMostBytes);
        heard.messages.emplace_back(client.message());
      }
    } while (heard.last == Event::kMessage);
    require(heard.last != Event::kMore || input.empty());
  }
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t piece = static_cast<unsigned char>(bytes.front()) + std::size_t{1};
  const Heard whole = listen(bytes.substr(1), size);
  require(whole == listen(bytes.substr(1), piece));
  require(whole == listen(bytes.substr(1), 1));
  return 0;
}

}  // namespace shaketable::loadgen::live
