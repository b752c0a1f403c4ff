#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "loadgen/journey/answer.h"
#include "loadgen/journey/cookie_jar.h"
#include "loadgen/journey/descriptors.h"
#include "loadgen/journey/message_codec.h"
#include "tests/fuzz/require.h"

// What a server may say to a session: cookies, JSON, streams of events, gRPC; and descriptors. What
// must hold: no crash; limits are kept; a stream gives the same events however its bytes are cut.
namespace shaketable::loadgen {
namespace {

void read_events(std::string_view bytes) {
  EventStream whole;
  EventStream cut;
  whole.add(bytes);
  for (const char& c : bytes) {
    cut.add({&c, 1});
  }
  require(whole.count() == cut.count() && whole.data() == cut.data());
  require(whole.data().size() <= EventStream::kMaxEvent + 1);
}

void read_cookies(std::string_view bytes) {
  CookieJar jar;
  jar.set(bytes, "", "/a/b", proxy::kStart);
  require(jar.size() <= 1);
  std::string header;
  require(jar.append_header("", "/a/b", proxy::kStart, header) != header.empty());
}

void read_json(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) {
    return;
  }
  Answer answer;
  answer.set({.status = 200}, bytes.substr(end + 1), {});
  answer.keep();
  (void)answer.json(bytes.substr(0, end));
}

void read_grpc(std::string_view bytes) {
  std::string_view body = bytes;
  while (const auto frame = take_grpc_frame(body)) {
    require(frame->size() <= bytes.size());
  }
  const auto descriptors = parse_descriptors(bytes);
  if (!descriptors || descriptors->methods.empty()) {
    return;
  }
  const std::string& method = descriptors->methods.begin()->first;
  const std::size_t slash = method.find('/');
  const auto codec = MessageCodec::create(bytes, method.substr(0, slash), method.substr(slash + 1));
  if (codec) {
    (void)(*codec)->decode(bytes);
    (void)(*codec)->decode_answer(bytes);
    (void)(*codec)->encode("{\"a\": [{}], \"b\": 1}");
  }
}

}  // namespace
}  // namespace shaketable::loadgen

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shaketable::loadgen;  // NOLINT(google-build-using-namespace)
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  read_events(bytes);
  read_cookies(bytes);
  read_json(bytes);
  read_grpc(bytes);
  return 0;
}
