#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/value.hpp>

#include "loadgen/journey/message_codec.h"
#include "loadgen/journey/message_fields.h"
#include "proxy/base/base64.h"

// JSON to protobuf.
namespace shaketable::loadgen {
namespace {

namespace json = boost::json;
using Kind = FieldType::Kind;
using Wire = WireReader::Type;

proxy::Result<bool> mistake(const FieldType& field, const char* expected) {
  return proxy::fail("field \"" + field.name + "\" has another type", "", expected);
}

/// A number that may be written as a text, as 64-bit ones are in JSON.
template <typename T>
std::optional<T> number_of(const json::value& value) {
  if (value.is_string()) {
    const std::string_view text(value.get_string().data(), value.get_string().size());
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
  }
  json::error_code error;
  const T number = value.to_number<T>(error);
  return error ? std::nullopt : std::optional(number);
}

std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63);
}

class Encoder {
 public:
  explicit Encoder(const Descriptors& types) : types_(types) {}

  proxy::Result<bool> message(const std::string& type_name, const json::value& value,
                              std::string& out, int depth) {
    const auto type = types_.messages.find(type_name);
    if (type == types_.messages.end()) {
      return proxy::fail("the descriptors lack the type \"" + type_name + "\"", "",
                         "`protoc --include_imports`");
    }
    if (!value.is_object() || depth > MessageCodec::kMaxDepth) {
      return proxy::fail("a message of type \"" + type_name + "\" is no object", "", "{...}");
    }
    for (const auto& member : value.get_object()) {
      const std::string_view key(member.key().data(), member.key().size());
      const auto& fields = type->second.fields;
      const auto field = std::find_if(fields.begin(), fields.end(), [&](const FieldType& each) {
        return each.name == key || each.json_name == key;
      });
      if (field == fields.end()) {
        return proxy::fail("\"" + type_name + "\" has no field \"" + std::string(key) + "\"");
      }
      if (member.value().is_null()) {
        continue;
      }
      if (auto done = any(*field, member.value(), out, depth); !done) {
        return done;
      }
    }
    return true;
  }

 private:
  proxy::Result<bool> any(const FieldType& field, const json::value& value, std::string& out,
                          int depth) {
    if (!field.is_repeated) {
      return one(field, value, out, depth);
    }
    if (const auto entry = types_.messages.find(field.type_name);
        entry != types_.messages.end() && entry->second.is_map_entry) {
      return map(field, entry->second, value, out, depth);
    }
    if (!value.is_array()) {
      return mistake(field, "a list");
    }
    if (!is_packable(field.kind)) {
      for (const json::value& item : value.get_array()) {
        if (auto done = one(field, item, out, depth); !done) {
          return done;
        }
      }
      return true;
    }
    std::string packed;
    for (const json::value& item : value.get_array()) {
      if (auto done = scalar(field, item, packed); !done) {
        return done;
      }
    }
    append_bytes(field.number, packed, out);
    return true;
  }

  proxy::Result<bool> map(const FieldType& field, const MessageType& entry,
                          const json::value& value, std::string& out, int depth) {
    if (!value.is_object() || entry.fields.size() != 2) {
      return mistake(field, "an object");
    }
    for (const auto& member : value.get_object()) {
      std::string pair;
      if (auto done =
              one(entry.fields[0], json::value(json::string(member.key())), pair, depth + 1);
          !done) {
        return done;
      }
      if (auto done = one(entry.fields[1], member.value(), pair, depth + 1); !done) {
        return done;
      }
      append_bytes(field.number, pair, out);
    }
    return true;
  }

  proxy::Result<bool> one(const FieldType& field, const json::value& value, std::string& out,
                          int depth) {
    if (field.kind == Kind::kMessage) {
      std::string inner;
      if (auto done = message(field.type_name, value, inner, depth + 1); !done) {
        return done;
      }
      append_bytes(field.number, inner, out);
      return true;
    }
    if (field.kind == Kind::kString || field.kind == Kind::kBytes) {
      if (!value.is_string()) {
        return mistake(field, "a text");
      }
      const std::string_view text(value.get_string().data(), value.get_string().size());
      if (field.kind == Kind::kString) {
        append_bytes(field.number, text, out);
        return true;
      }
      const auto bytes = proxy::from_base64(text, proxy::Base64::kAny);
      if (!bytes) {
        return mistake(field, "base64");
      }
      append_bytes(field.number, *bytes, out);
      return true;
    }
    append_tag(field.number, wire_of(field.kind), out);
    return scalar(field, value, out);
  }

  /// A scalar without its tag.
  proxy::Result<bool> scalar(const FieldType& field, const json::value& value, std::string& out) {
    switch (field.kind) {
      case Kind::kBool:
        if (!value.is_bool() && !value.is_string()) {
          return mistake(field, "true or false");
        }
        append_varint(value.is_bool() ? (value.get_bool() ? 1U : 0U)
                                      : (value.get_string() == "true" ? 1U : 0U),
                      out);
        return true;
      case Kind::kDouble:
      case Kind::kFloat: {
        const auto number = number_of<double>(value);
        if (!number) {
          return mistake(field, "a number");
        }
        if (field.kind == Kind::kDouble) {
          append_fixed(std::bit_cast<std::uint64_t>(*number), 8, out);
        } else {
          append_fixed(std::bit_cast<std::uint32_t>(static_cast<float>(*number)), 4, out);
        }
        return true;
      }
      case Kind::kUint64:
      case Kind::kFixed64: {
        const auto number = number_of<std::uint64_t>(value);
        return number ? whole(field, *number, out) : mistake(field, "a whole number");
      }
      case Kind::kEnum:
        return enumerator(field, value, out);
      case Kind::kInt64:
      case Kind::kInt32:
      case Kind::kFixed32:
      case Kind::kUint32:
      case Kind::kSfixed32:
      case Kind::kSfixed64:
      case Kind::kSint32:
      case Kind::kSint64: {
        const auto number = number_of<std::int64_t>(value);
        return number ? whole(field, static_cast<std::uint64_t>(*number), out)
                      : mistake(field, "a whole number");
      }
      case Kind::kString:
      case Kind::kBytes:
      case Kind::kMessage:
      case Kind::kGroup:
        return mistake(field, "something else");
    }
    return true;
  }

  static proxy::Result<bool> whole(const FieldType& field, std::uint64_t number, std::string& out) {
    const Wire wire = wire_of(field.kind);
    if (wire == Wire::kFixed64) {
      append_fixed(number, 8, out);
    } else if (wire == Wire::kFixed32) {
      append_fixed(number, 4, out);
    } else if (field.kind == Kind::kSint32 || field.kind == Kind::kSint64) {
      append_varint(zigzag(static_cast<std::int64_t>(number)), out);
    } else {
      append_varint(number, out);
    }
    return true;
  }

  proxy::Result<bool> enumerator(const FieldType& field, const json::value& value,
                                 std::string& out) {
    const auto type = types_.enums.find(field.type_name);
    if (value.is_string() && type != types_.enums.end()) {
      for (const auto& [name, number] : type->second.values) {
        if (name == std::string_view(value.get_string().data(), value.get_string().size())) {
          append_varint(static_cast<std::uint64_t>(static_cast<std::int64_t>(number)), out);
          return true;
        }
      }
    }
    const auto number = number_of<std::int64_t>(value);
    if (!number) {
      return mistake(field, "a name of its enum, or a number");
    }
    append_varint(static_cast<std::uint64_t>(*number), out);
    return true;
  }

  const Descriptors& types_;
};

}  // namespace

proxy::Result<bool> encode_message(const Descriptors& types, const std::string& type_name,
                                   const json::value& value, std::string& out, int depth) {
  return Encoder(types).message(type_name, value, out, depth);
}

}  // namespace shaketable::loadgen
