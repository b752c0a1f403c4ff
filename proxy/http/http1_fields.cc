#include <algorithm>
#include <array>
#include <charconv>

#include "proxy/http/fields.h"
#include "proxy/http/grammar.h"
#include "proxy/http/http1_parser.h"
#include "proxy/http/text.h"

// The fields of a message: which are for others, which are read here.
namespace shaketable::proxy::http {
namespace {

// Of `connection`: each costs a pass over the fields.
constexpr std::size_t kMaxConnectionOptions = 32;

constexpr ParseFailure kBadFraming{ProtocolError::kBadFraming, 400};

constexpr std::array<char, 256> make_lowered_tokens() {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    table[c] = (kCharClasses[c] & kTokenChar) != 0 ? lower(static_cast<char>(c)) : '\0';
  }
  return table;
}

/// A token character in lower case; 0 for all others.
constexpr std::array<char, 256> kLoweredTokens = make_lowered_tokens();

/// Copies and lowers the token that a line begins with, in one pass. Returns its length, or 0 when
/// it does not end in the buffer.
template <std::size_t N>
std::size_t lower_short_name(std::string_view line, std::array<char, N>& name,
                             bool& has_underscore) {
  const std::size_t limit = std::min(line.size(), N);
  bool underscore = false;
  for (std::size_t i = 0; i < limit; ++i) {
    const char c = kLoweredTokens[static_cast<unsigned char>(line[i])];
    if (c == '\0') {
      has_underscore = underscore;
      return i;
    }
    underscore = underscore || c == '_';
    name[i] = c;
  }
  return 0;
}

}  // namespace

void FieldCollector::clear() {
  host_.clear();
  connection_.clear();
  upgrade_.clear();
  http2_settings_.clear();
  content_length_ = 0;
  hosts_ = content_lengths_ = transfer_encodings_ = upgrades_ = settings_ = expects_ = 0;
  coding_ = Coding::kNone;
  bad_content_length_ = unknown_expectation_ = accepts_trailers_ = false;
  has_close_ = has_keep_alive_ = names_upgrade_ = names_settings_ = false;
}

void FieldCollector::release() { *this = FieldCollector(); }

bool FieldCollector::add(std::string_view line, HeaderList& headers) {
  std::array<char, 64> short_name;
  bool has_underscore = false;
  std::string_view name;
  std::string_view value;
  const std::size_t size = lower_short_name(line, short_name, has_underscore);
  if (size > 0 && line[size] == ':') [[likely]] {
    name = {short_name.data(), size};
    value = trimmed(line.substr(size + 1));
    if (!is_field_value(value)) {
      return false;
    }
    headers.add_lower(name, value);
  } else if (parse_field_line(line, name, value, has_underscore)) {
    headers.add(name, value);
  } else {
    return false;
  }
  if (has_underscore && hides_a_known_field(headers[headers.size() - 1].name)) {
    headers.pop_back();
    return true;
  }
  return add_known(headers);
}

/// Reads the last field of the list, and takes it out when it is not for others.
bool FieldCollector::add_known(HeaderList& headers) {
  const Header field = headers[headers.size() - 1];
  switch (known_field(field.name)) {
    case KnownField::kNone:
      return true;
    case KnownField::kContentLength:
      add_content_length(field.value, headers);
      return true;
    case KnownField::kHost:
      ++hosts_;
      host_.assign(field.value);
      break;
    case KnownField::kTransferEncoding:
      add_transfer_encoding(field.value);
      break;
    case KnownField::kConnection:
      connection_.append(connection_.empty() ? "" : ",").append(field.value);
      break;
    case KnownField::kTe:
      accepts_trailers_ = accepts_trailers_ || list_has_token(field.value, "trailers");
      break;
    case KnownField::kUpgrade:
      ++upgrades_;
      upgrade_.assign(field.value);
      break;
    case KnownField::kExpect:
      ++expects_;
      unknown_expectation_ =
          unknown_expectation_ || !equals_ignoring_case(field.value, "100-continue");
      break;
    case KnownField::kHttp2Settings:
      ++settings_;
      http2_settings_.assign(field.value);
      break;
    case KnownField::kHop:
      break;
  }
  headers.pop_back();
  return true;
}

void FieldCollector::add_content_length(std::string_view value, HeaderList& headers) {
  ++content_lengths_;
  if (!parse_content_length(value, content_length_)) {
    bad_content_length_ = true;
    return;
  }
  if (value.size() > 1 && value[0] == '0') {
    // "010" is eight to some: passed on without its zeros.
    char digits[20];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), content_length_).ptr;
    headers.pop_back();
    headers.add("content-length", {digits, static_cast<std::size_t>(end - digits)});
  }
}

void FieldCollector::add_transfer_encoding(std::string_view value) {
  ++transfer_encodings_;
  if (equals_ignoring_case(value, "chunked")) {
    coding_ = Coding::kChunked;
    return;
  }
  coding_ = Coding::kBad;
  ListReader list(value);
  std::string_view element;
  while (list.next(element)) {
    if (!is_token(element)) {
      coding_ = Coding::kBad;
      return;
    }
    const bool is_chunked = equals_ignoring_case(element, "chunked");
    if (is_chunked && coding_ == Coding::kUnsupported && value.ends_with(element)) {
      return;  // a coding that we do not know, then chunked: 501
    }
    coding_ = is_chunked ? Coding::kBad : Coding::kUnsupported;
  }
  coding_ = Coding::kBad;
}

bool FieldCollector::apply_connection_option(std::string_view option, HeaderList& headers) {
  if (equals_ignoring_case(option, "close")) {
    has_close_ = true;
  } else if (equals_ignoring_case(option, "keep-alive")) {
    has_keep_alive_ = true;
  } else if (equals_ignoring_case(option, "upgrade")) {
    names_upgrade_ = true;
  } else if (equals_ignoring_case(option, "http2-settings")) {
    names_settings_ = true;
  } else if (!equals_ignoring_case(option, "te")) {
    char lowered[64];
    if (option.size() > sizeof lowered || !is_token(option)) {
      return false;
    }
    for (std::size_t i = 0; i < option.size(); ++i) {
      lowered[i] = lower(option[i]);
    }
    const std::string_view name(lowered, option.size());
    if (is_never_nominated(name)) {
      return false;
    }
    headers.remove(name);
  }
  return true;
}

bool FieldCollector::finish(HeaderList& headers) {
  ListReader options(connection_);
  std::string_view option;
  for (std::size_t count = 0; options.next(option); ++count) {
    if (count == kMaxConnectionOptions || !apply_connection_option(option, headers)) {
      return false;
    }
  }
  for (char& c : upgrade_) {
    c = lower(c);
  }
  return true;
}

ParseFailure FieldCollector::framing(Version version, BodyKind& kind, std::uint64_t& length) const {
  kind = BodyKind::kNone;
  length = 0;
  if (bad_content_length_ || content_lengths_ > 1 || transfer_encodings_ > 1 ||
      (transfer_encodings_ > 0 && (content_lengths_ > 0 || version == Version::kHttp10))) {
    return kBadFraming;
  }
  switch (coding_) {
    case Coding::kBad:
      return kBadFraming;
    case Coding::kUnsupported:
      return {ProtocolError::kUnsupportedCoding, 501};
    case Coding::kChunked:
      kind = BodyKind::kUntilEnd;
      return {};
    case Coding::kNone:
      break;
  }
  if (content_lengths_ == 1) {
    kind = BodyKind::kLength;
    length = content_length_;
  }
  return {};
}

bool FieldCollector::keeps_alive(Version version) const {
  return !has_close_ && (version != Version::kHttp10 || has_keep_alive_);
}

std::string_view FieldCollector::upgrade() const {
  return upgrades_ == 1 && names_upgrade_ ? std::string_view(upgrade_) : std::string_view{};
}

std::optional<std::string_view> FieldCollector::http2_settings() const {
  if (settings_ == 1 && names_settings_) {
    return http2_settings_;
  }
  return std::nullopt;
}

}  // namespace shaketable::proxy::http
