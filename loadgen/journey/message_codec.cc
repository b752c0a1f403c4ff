#include "loadgen/journey/message_codec.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "loadgen/journey/descriptors.h"
#include "loadgen/journey/message_fields.h"

namespace shaketable::loadgen {

namespace json = boost::json;

struct MessageCodec::Types {
  Descriptors all;
  MethodType method;
};

MessageCodec::MessageCodec() : types_(std::make_unique<Types>()) {}
MessageCodec::~MessageCodec() = default;

proxy::Result<std::unique_ptr<MessageCodec>> MessageCodec::create(std::string_view descriptors,
                                                                  std::string_view service,
                                                                  std::string_view method) {
  auto parsed = parse_descriptors(descriptors);
  if (!parsed) {
    return tl::unexpected(parsed.error());
  }
  std::unique_ptr<MessageCodec> codec(new MessageCodec);
  codec->types_->all = std::move(*parsed);
  const std::string name = std::string(service) + "/" + std::string(method);
  const auto found = codec->types_->all.methods.find(name);
  if (found == codec->types_->all.methods.end()) {
    std::string known;
    for (const auto& [each, types] : codec->types_->all.methods) {
      known += (known.empty() ? "" : ", ") + each;
    }
    return proxy::fail("the descriptors have no method \"" + name + "\"", "", known);
  }
  codec->types_->method = found->second;
  return codec;
}

proxy::Result<std::string> MessageCodec::encode(std::string_view text) const {
  json::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  if (error) {
    return proxy::fail("the message is no JSON: " + error.message());
  }
  std::string out;
  if (auto done = encode_message(types_->all, types_->method.input, value, out, 0); !done) {
    return tl::unexpected(done.error());
  }
  return out;
}

proxy::Result<std::string> MessageCodec::decode(std::string_view bytes) const {
  json::object object;
  if (!decode_message(types_->all, types_->method.output, bytes, object, 0)) {
    return proxy::fail("the message is no \"" + types_->method.output + "\"");
  }
  return json::serialize(object);
}

proxy::Result<std::string> MessageCodec::decode_answer(std::string_view body) const {
  const bool is_stream = types_->method.streams_answers;
  std::string list = "[";
  do {
    if (body.empty() && is_stream) {
      break;  // a stream may hold nothing
    }
    const auto frame = take_grpc_frame(body);
    auto message = frame ? decode(*frame) : tl::unexpected(frame.error());
    if (!message || !is_stream) {
      return message;
    }
    list += (list.size() > 1 ? "," : "") + *message;
  } while (!body.empty());
  return list + ']';
}

bool MessageCodec::takes_several() const { return types_->method.streams_requests; }

void append_grpc_frame(std::string_view message, std::string& out) {
  out += '\0';
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    out += static_cast<char>(message.size() >> (shift - 8));
  }
  out += message;
}

proxy::Result<std::string_view> take_grpc_frame(std::string_view& body) {
  constexpr std::size_t kPrefix = 5;
  if (body.size() < kPrefix || body.front() != '\0') {
    return proxy::fail("the answer holds no message of gRPC");
  }
  std::size_t size = 0;
  for (std::size_t i = 1; i < kPrefix; ++i) {
    size = size << 8U | static_cast<unsigned char>(body[i]);
  }
  if (body.size() - kPrefix < size) {
    return proxy::fail("the message of gRPC is not complete");
  }
  const std::string_view message = body.substr(kPrefix, size);
  body.remove_prefix(kPrefix + size);
  return message;
}

}  // namespace shaketable::loadgen
