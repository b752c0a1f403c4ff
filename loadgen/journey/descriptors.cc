#include "loadgen/journey/descriptors.h"

#include <utility>

#include "loadgen/journey/wire.h"

namespace shaketable::loadgen {
namespace {

constexpr int kMaxDepth = 32;  ///< Of types within types.
constexpr std::uint64_t kRepeated = 3;

std::string full_name(const std::string& scope, const std::string& name) {
  return scope.empty() ? name : scope + "." + name;
}

std::string without_dot(std::string_view name) {
  return std::string(name.starts_with('.') ? name.substr(1) : name);
}

/// Reads the parts of a set; numbers are those of google/protobuf/descriptor.proto.
class Parser {
 public:
  proxy::Result<Descriptors> parse(std::string_view bytes) {
    WireReader set(bytes);
    while (set.next()) {
      if (set.number() == 1 && set.type() == WireReader::Type::kBytes) {
        read_file(set.bytes());
      }
    }
    if (!set.is_ok() || !is_ok_ || (result_.messages.empty() && result_.methods.empty())) {
      return proxy::fail("this is no set of descriptors", "",
                         "a file made by `protoc -o FILE --include_imports`");
    }
    return std::move(result_);
  }

 private:
  void end(const WireReader& reader) { is_ok_ = is_ok_ && reader.is_ok(); }

  void read_file(std::string_view bytes) {
    std::string package;
    WireReader first(bytes);
    while (first.next()) {  // the package may come behind the types
      if (first.number() == 2) {
        package = std::string(first.bytes());
      }
    }
    WireReader file(bytes);
    while (file.next()) {
      if (file.type() != WireReader::Type::kBytes) {
        continue;
      }
      if (file.number() == 4) {
        read_message(file.bytes(), package, 0);
      } else if (file.number() == 5) {
        read_enum(file.bytes(), package);
      } else if (file.number() == 6) {
        read_service(file.bytes(), package);
      }
    }
    end(file);
  }

  void read_message(std::string_view bytes, const std::string& scope, int depth) {
    if (depth > kMaxDepth) {
      is_ok_ = false;
      return;
    }
    MessageType type;
    const std::string name = full_name(scope, name_of(bytes));
    WireReader message(bytes);
    while (message.next()) {
      if (message.type() != WireReader::Type::kBytes) {
        continue;
      }
      if (message.number() == 2) {
        type.fields.push_back(read_field(message.bytes()));
      } else if (message.number() == 3) {
        read_message(message.bytes(), name, depth + 1);
      } else if (message.number() == 4) {
        read_enum(message.bytes(), name);
      } else if (message.number() == 7) {
        WireReader options(message.bytes());
        while (options.next()) {
          type.is_map_entry = type.is_map_entry || (options.number() == 7 && options.value() == 1);
        }
      }
    }
    end(message);
    result_.messages.emplace(name, std::move(type));
  }

  FieldType read_field(std::string_view bytes) {
    FieldType field;
    WireReader reader(bytes);
    while (reader.next()) {
      switch (reader.number()) {
        case 1:
          field.name = std::string(reader.bytes());
          break;
        case 3:
          field.number = static_cast<std::uint32_t>(reader.value());
          break;
        case 4:
          field.is_repeated = reader.value() == kRepeated;
          break;
        case 5:
          is_ok_ = is_ok_ && reader.value() >= 1 && reader.value() <= 18;
          field.kind = static_cast<FieldType::Kind>(reader.value());
          break;
        case 6:
          field.type_name = without_dot(reader.bytes());
          break;
        case 10:
          field.json_name = std::string(reader.bytes());
          break;
        default:
          break;
      }
    }
    end(reader);
    is_ok_ = is_ok_ && field.number > 0 && field.number < (1U << 29U);
    return field;
  }

  void read_enum(std::string_view bytes, const std::string& scope) {
    EnumType type;
    WireReader reader(bytes);
    while (reader.next()) {
      if (reader.number() != 2 || reader.type() != WireReader::Type::kBytes) {
        continue;
      }
      std::pair<std::string, std::int32_t> value;
      WireReader parts(reader.bytes());
      while (parts.next()) {
        if (parts.number() == 1) {
          value.first = std::string(parts.bytes());
        } else if (parts.number() == 2) {
          value.second = static_cast<std::int32_t>(parts.value());
        }
      }
      type.values.push_back(std::move(value));
    }
    end(reader);
    result_.enums.emplace(full_name(scope, name_of(bytes)), std::move(type));
  }

  void read_service(std::string_view bytes, const std::string& scope) {
    const std::string name = full_name(scope, name_of(bytes));
    WireReader reader(bytes);
    while (reader.next()) {
      if (reader.number() != 2 || reader.type() != WireReader::Type::kBytes) {
        continue;
      }
      MethodType method;
      WireReader parts(reader.bytes());
      while (parts.next()) {
        if (parts.number() == 2) {
          method.input = without_dot(parts.bytes());
        } else if (parts.number() == 3) {
          method.output = without_dot(parts.bytes());
        } else if (parts.number() == 5) {
          method.streams_requests = parts.value() != 0;
        } else if (parts.number() == 6) {
          method.streams_answers = parts.value() != 0;
        }
      }
      result_.methods.emplace(name + "/" + name_of(reader.bytes()), std::move(method));
    }
    end(reader);
  }

  /// Field 1 of nearly everything.
  static std::string name_of(std::string_view bytes) {
    WireReader reader(bytes);
    while (reader.next()) {
      if (reader.number() == 1 && reader.type() == WireReader::Type::kBytes) {
        return std::string(reader.bytes());
      }
    }
    return "";
  }

  Descriptors result_;
  bool is_ok_ = true;
};

}  // namespace

proxy::Result<Descriptors> parse_descriptors(std::string_view bytes) {
  return Parser().parse(bytes);
}

}  // namespace shaketable::loadgen
