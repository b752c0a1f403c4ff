#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/http/message.h"

/// Heads of HTTP/1 messages as bytes. What must not be on a connection is left out here, whoever
/// put it into a message: fields of one hop only, and values that would end their line.
namespace shaketable::proxy::http {

/// "OK" for 200; "Unknown" for a status without a name of its own.
[[nodiscard]] std::string_view reason_phrase(std::uint16_t status);

void append_status_line(std::string& output, std::uint16_t status);
/// `name: value` CRLF. Both are trusted.
void append_field(std::string& output, std::string_view name, std::string_view value);
void append_content_length(std::string& output, std::uint64_t length);

/// The end-to-end fields of a message, without content-length unless asked for. Several cookie
/// fields, as HTTP/2 has them, become one.
enum class ContentLength : bool { kLeaveOut, kKeep };
void append_fields(std::string& output, const HeaderList& headers, ContentLength content_length);
/// Trailer fields, without those that must not be trailers.
void append_trailers(std::string& output, const HeaderList& trailers);

}  // namespace shaketable::proxy::http
