#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"

/// What a FileDescriptorSet says about messages, enums and methods.
namespace shaketable::loadgen {

struct FieldType {
  /// The numbers of FieldDescriptorProto.Type.
  enum class Kind : std::uint8_t {
    kDouble = 1,
    kFloat,
    kInt64,
    kUint64,
    kInt32,
    kFixed64,
    kFixed32,
    kBool,
    kString,
    kGroup,
    kMessage,
    kBytes,
    kUint32,
    kEnum,
    kSfixed32,
    kSfixed64,
    kSint32,
    kSint64
  };
  std::string name;       ///< As in the .proto file.
  std::string json_name;  ///< lowerCamelCase.
  std::string type_name;  ///< kMessage, kEnum: full name without the leading dot.
  std::uint32_t number = 0;
  Kind kind = Kind::kInt32;
  bool is_repeated = false;
};

struct MessageType {
  std::vector<FieldType> fields;
  bool is_map_entry = false;
};

struct EnumType {
  std::vector<std::pair<std::string, std::int32_t>> values;
};

struct MethodType {
  std::string input, output;  ///< Messages by full name.
  bool streams_requests = false;
  bool streams_answers = false;
};

struct Descriptors {
  std::map<std::string, MessageType, std::less<>> messages;  ///< By full name.
  std::map<std::string, EnumType, std::less<>> enums;
  std::map<std::string, MethodType, std::less<>> methods;  ///< By "package.Service/Method".
};

/// Fails if the bytes are no FileDescriptorSet.
[[nodiscard]] proxy::Result<Descriptors> parse_descriptors(std::string_view bytes);

}  // namespace shaketable::loadgen
