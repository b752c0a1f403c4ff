#include "loadgen/journey/message_codec.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "loadgen/journey/descriptors.h"
#include "loadgen/journey/escape.h"
#include "loadgen/journey/wire.h"

namespace shaketable::loadgen {

namespace json = boost::json;
using Kind = FieldType::Kind;
using Wire = WireReader::Type;

struct MessageCodec::Types {
  Descriptors all;
  std::string input, output;
};

namespace {

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
std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text.substr(0, std::min(text.find('='), text.size()))) {
    const std::size_t digit = kDigits.find(c == '-' ? '+' : (c == '_' ? '/' : c));
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    group = (group << 6U | static_cast<std::uint32_t>(digit)) & 0xffffffU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits);
    }
  }
  return out;
}

bool is_packable(Kind kind) {
  return kind != Kind::kString && kind != Kind::kBytes && kind != Kind::kMessage &&
         kind != Kind::kGroup;
}

Wire wire_of(Kind kind) {
  switch (kind) {
    case Kind::kDouble:
    case Kind::kFixed64:
    case Kind::kSfixed64:
      return Wire::kFixed64;
    case Kind::kFloat:
    case Kind::kFixed32:
    case Kind::kSfixed32:
      return Wire::kFixed32;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kMessage:
    case Kind::kGroup:
      return Wire::kBytes;
    case Kind::kInt64:
    case Kind::kUint64:
    case Kind::kInt32:
    case Kind::kBool:
    case Kind::kUint32:
    case Kind::kEnum:
    case Kind::kSint32:
    case Kind::kSint64:
      return Wire::kVarint;
  }
  return Wire::kVarint;
}

// ---- JSON to protobuf
// ----------------------------------------------------------------------------

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
      const auto bytes = from_base64(text);
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

// ---- protobuf to JSON
// ----------------------------------------------------------------------------

class Decoder {
 public:
  explicit Decoder(const Descriptors& types) : types_(types) {}

  bool message(const std::string& type_name, std::string_view bytes, json::object& out, int depth) {
    const auto type = types_.messages.find(type_name);
    if (type == types_.messages.end() || depth > MessageCodec::kMaxDepth) {
      return false;
    }
    WireReader reader(bytes);
    while (reader.next()) {
      const auto& fields = type->second.fields;
      const auto field = std::find_if(fields.begin(), fields.end(), [&](const FieldType& each) {
        return each.number == reader.number();
      });
      if (field != fields.end() && !add(*field, reader, out, depth)) {
        return false;
      }
    }
    return reader.is_ok();
  }

 private:
  bool add(const FieldType& field, const WireReader& reader, json::object& out, int depth) {
    const auto entry = types_.messages.find(field.type_name);
    if (field.is_repeated && entry != types_.messages.end() && entry->second.is_map_entry) {
      json::object pair;
      if (!message(field.type_name, reader.bytes(), pair, depth + 1)) {
        return false;
      }
      json::value& map = out[field.name];
      if (!map.is_object()) {
        map.emplace_object();
      }
      const json::value* const key = pair.if_contains("key");
      const std::string text = key == nullptr ? ""
                                              : (key->is_string() ? std::string(key->get_string())
                                                                  : json::serialize(*key));
      map.get_object()[text] = pair["value"];
      return true;
    }
    if (field.is_repeated && is_packable(field.kind) && reader.type() == Wire::kBytes) {
      return unpack(field, reader.bytes(), list_of(field, out));
    }
    if (reader.type() != wire_of(field.kind)) {
      return false;
    }
    json::value value;
    if (!one(field, reader.value(), reader.bytes(), value, depth)) {
      return false;
    }
    if (field.is_repeated) {
      list_of(field, out).push_back(std::move(value));
    } else {
      out[field.name] = std::move(value);
    }
    return true;
  }

  static json::array& list_of(const FieldType& field, json::object& out) {
    json::value& list = out[field.name];
    return list.is_array() ? list.get_array() : list.emplace_array();
  }

  bool unpack(const FieldType& field, std::string_view bytes, json::array& out) {
    const Wire wire = wire_of(field.kind);
    while (!bytes.empty()) {
      std::uint64_t number = 0;
      const bool is_read =
          wire == Wire::kVarint
              ? WireReader::take_varint(bytes, number)
              : WireReader::take_fixed(bytes, wire == Wire::kFixed64 ? 8 : 4, number);
      json::value value;
      if (!is_read || !one(field, number, {}, value, 0)) {
        return false;
      }
      out.push_back(std::move(value));
    }
    return true;
  }

  bool one(const FieldType& field, std::uint64_t number, std::string_view bytes, json::value& out,
           int depth) {
    switch (field.kind) {
      case Kind::kDouble:
        out = std::bit_cast<double>(number);
        return true;
      case Kind::kFloat:
        out = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(number)));
        return true;
      case Kind::kBool:
        out = number != 0;
        return true;
      case Kind::kUint64:
      case Kind::kFixed64:
      case Kind::kUint32:
      case Kind::kFixed32:
        out = number;
        return true;
      case Kind::kInt64:
      case Kind::kSfixed64:
        out = static_cast<std::int64_t>(number);
        return true;
      case Kind::kInt32:
      case Kind::kSfixed32:
        out = static_cast<std::int64_t>(static_cast<std::int32_t>(number));
        return true;
      case Kind::kSint32:
      case Kind::kSint64:
        out = unzigzag(number);
        return true;
      case Kind::kEnum:
        out = enumerator(field, number);
        return true;
      case Kind::kString:
        out = json::string(bytes.data(), bytes.size());
        return true;
      case Kind::kBytes:
        out = json::string(base64(bytes));
        return true;
      case Kind::kMessage:
        return message(field.type_name, bytes, out.emplace_object(), depth + 1);
      case Kind::kGroup:
        return false;
    }
    return false;
  }

  json::value enumerator(const FieldType& field, std::uint64_t number) {
    const auto type = types_.enums.find(field.type_name);
    if (type != types_.enums.end()) {
      for (const auto& [name, value] : type->second.values) {
        if (static_cast<std::int64_t>(number) == value) {
          return json::string(name);
        }
      }
    }
    return static_cast<std::int64_t>(number);
  }

  const Descriptors& types_;
};

}  // namespace

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
  codec->types_->input = found->second.first;
  codec->types_->output = found->second.second;
  return codec;
}

proxy::Result<std::string> MessageCodec::encode(std::string_view text) const {
  json::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  if (error) {
    return proxy::fail("the message is no JSON: " + error.message());
  }
  std::string out;
  if (auto done = Encoder(types_->all).message(types_->input, value, out, 0); !done) {
    return tl::unexpected(done.error());
  }
  return out;
}

proxy::Result<std::string> MessageCodec::decode(std::string_view bytes) const {
  json::object object;
  if (!Decoder(types_->all).message(types_->output, bytes, object, 0)) {
    return proxy::fail("the message is no \"" + types_->output + "\"");
  }
  return json::serialize(object);
}

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
