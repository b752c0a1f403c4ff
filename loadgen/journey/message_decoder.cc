#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "loadgen/journey/escape.h"
#include "loadgen/journey/message_codec.h"
#include "loadgen/journey/message_fields.h"
#include "proxy/base/base64.h"

// Protobuf to JSON.
namespace shaketable::loadgen {
namespace {

namespace json = boost::json;
using Kind = FieldType::Kind;
using Wire = WireReader::Type;

std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

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
        out = json::string(proxy::to_base64(bytes));
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

bool decode_message(const Descriptors& types, const std::string& type_name, std::string_view bytes,
                    json::object& out, int depth) {
  return Decoder(types).message(type_name, bytes, out, depth);
}

}  // namespace shaketable::loadgen
