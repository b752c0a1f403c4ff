#include "loadgen/journey/message_fields.h"

namespace shaketable::loadgen {

using Kind = FieldType::Kind;
using Wire = WireReader::Type;

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

}  // namespace shaketable::loadgen
