#pragma once

#include <string>
#include <string_view>

#include "loadgen/journey/descriptors.h"
#include "loadgen/journey/wire.h"
#include "proxy/base/result.h"

namespace boost::json {
class object;
class value;
}  // namespace boost::json

/// The two directions of `MessageCodec`, and what both of them know of fields.
namespace shaketable::loadgen {

/// Appends a message of that type, `depth` messages deep.
[[nodiscard]] proxy::Result<bool> encode_message(const Descriptors& types,
                                                 const std::string& type_name,
                                                 const boost::json::value& value, std::string& out,
                                                 int depth);
/// Fills `out` with the fields of a message; false if the bytes are none of that type.
[[nodiscard]] bool decode_message(const Descriptors& types, const std::string& type_name,
                                  std::string_view bytes, boost::json::object& out, int depth);

/// Repeated fields of that kind may stand in one piece.
[[nodiscard]] bool is_packable(FieldType::Kind kind);
/// How a value of that kind stands among the bytes.
[[nodiscard]] WireReader::Type wire_of(FieldType::Kind kind);

}  // namespace shaketable::loadgen
