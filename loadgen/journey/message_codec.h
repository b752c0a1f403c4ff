#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/base/result.h"

namespace shaketable::loadgen {

/// JSON to and from the messages of one gRPC method, by a set of descriptors (what `protoc -o`
/// writes). Fields are found by their names in the .proto file or in lowerCamelCase; enums by name
/// or number, 64-bit numbers also as texts, bytes as base64, maps as objects. Unknown fields of a
/// message are left out. Immutable, thread-safe.
class MessageCodec {
 public:
  static constexpr int kMaxDepth = 32;  ///< Messages within messages.

  /// Fails if the bytes are no FileDescriptorSet or lack the service, the method or a type.
  static proxy::Result<std::unique_ptr<MessageCodec>> create(std::string_view descriptors,
                                                             std::string_view service,
                                                             std::string_view method);
  ~MessageCodec();

  /// The request's message as bytes of protobuf.
  [[nodiscard]] proxy::Result<std::string> encode(std::string_view json) const;
  /// The answer's message as JSON, fields with their names in the .proto file.
  [[nodiscard]] proxy::Result<std::string> decode(std::string_view bytes) const;
  /// The body of an answer, message behind message: the JSON of its only one, or, of a method that
  /// streams its answers, a list of them.
  [[nodiscard]] proxy::Result<std::string> decode_answer(std::string_view body) const;
  /// The method takes several messages.
  [[nodiscard]] bool takes_several() const;

 private:
  struct Types;
  MessageCodec();
  std::unique_ptr<Types> types_;
};

/// Appends a message with the five bytes that gRPC puts before it.
void append_grpc_frame(std::string_view message, std::string& out);

/// Takes the first message off a body; nothing if it is not complete. Compressed ones are a
/// mistake (the request does not allow them).
[[nodiscard]] proxy::Result<std::string_view> take_grpc_frame(std::string_view& body);

}  // namespace shaketable::loadgen
