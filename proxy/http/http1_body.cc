#include "proxy/http/http1_body.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "proxy/http/fields.h"
#include "proxy/http/grammar.h"
#include "proxy/http/http1_writer.h"

namespace shaketable::proxy::http {
namespace {

// Chunks below this are joined; copying that much costs less than passing it on alone.
constexpr std::size_t kSmallChunk = 1024;
constexpr std::size_t kMaxJoined = 16 * 1024;
constexpr std::uint8_t kMaxSizeDigits = 64;
constexpr auto kMaxSize = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

constexpr ParseFailure kBadChunk{ProtocolError::kBadChunk, 400};
constexpr ParseFailure kTrailersTooLarge{ProtocolError::kTrailersTooLarge, 431};

bool is_space(char c) { return c == ' ' || c == '\t'; }

}  // namespace

BodyReader::BodyReader(const CodecLimits& limits)
    : max_extension_(limits.max_chunk_extension_bytes),
      max_trailers_(limits.max_head_bytes),
      max_fields_(limits.max_headers) {}

void BodyReader::start_length(std::uint64_t length) {
  state_ = length == 0 ? State::kDone : State::kLength;
  remaining_ = length;
  trailers_.clear();
}

void BodyReader::start_chunked() {
  state_ = State::kSize;
  remaining_ = 0;
  digits_ = 0;
  extension_bytes_ = trailer_bytes_ = trailer_count_ = 0;
  trailers_.clear();
}

void BodyReader::start_until_close() {
  state_ = State::kUntilClose;
  trailers_.clear();
}

std::uint64_t BodyReader::promised() const {
  return state_ == State::kLength ? remaining_
         : state_ == State::kDone ? 0
                                  : std::numeric_limits<std::uint64_t>::max();
}

void BodyReader::release() {
  std::string().swap(small_);
  trailers_ = HeaderList();
  lines_.release();
}

BodyReader::Piece BodyReader::next(Bytes& input) {
  if (state_ == State::kDone) {
    return {.data = {}, .end = true, .failure = {}};
  }
  if (state_ != State::kLength && state_ != State::kUntilClose) {
    return next_chunks(input);
  }
  Piece piece{.data = input, .end = false, .failure = {}};
  if (state_ == State::kLength) {
    piece.data = input.substr(0, std::min<std::uint64_t>(remaining_, input.size()));
    remaining_ -= piece.data.size();
    piece.end = remaining_ == 0;
    state_ = piece.end ? State::kDone : State::kLength;
  }
  input.remove_prefix(piece.data.size());
  return piece;
}

BodyReader::Piece BodyReader::next_chunks(Bytes& input) {
  Piece piece;
  Bytes direct;
  small_.clear();
  while (!input.empty() && state_ != State::kDone && !piece.failure) {
    if (state_ == State::kData) {
      if (!take_data(input, direct)) {
        break;
      }
    } else if (state_ == State::kTrailers) {
      piece.failure = read_trailers(input);
    } else if (step(input.front())) {
      input.remove_prefix(1);
    } else {
      piece.failure = kBadChunk;
    }
  }
  piece.data = direct.empty() ? Bytes(small_) : direct;
  piece.end = state_ == State::kDone;
  return piece;
}

bool BodyReader::take_data(Bytes& input, Bytes& direct) {
  const Bytes data = input.substr(0, std::min<std::uint64_t>(remaining_, input.size()));
  if (!direct.empty()) {
    return false;
  }
  if (small_.empty() && data.size() >= kSmallChunk) {
    direct = data;
  } else if (data.size() >= kSmallChunk || small_.size() + data.size() > kMaxJoined) {
    return false;
  } else {
    small_.append(data);
  }
  input.remove_prefix(data.size());
  remaining_ -= data.size();
  if (remaining_ == 0) {
    state_ = State::kDataCr;
  }
  return true;
}

bool BodyReader::step(char c) {
  switch (state_) {
    case State::kSize:
      return step_size(c);
    case State::kSizeLf:
      state_ = remaining_ == 0 ? State::kTrailers : State::kData;
      return c == '\n';
    case State::kDataCr:
      state_ = State::kDataLf;
      return c == '\r';
    case State::kDataLf:
      state_ = State::kSize;
      digits_ = 0;
      return c == '\n';
    case State::kBeforeSemi:
    case State::kBeforeName:
    case State::kName:
    case State::kAfterName:
    case State::kBeforeValue:
    case State::kToken:
    case State::kQuoted:
    case State::kEscaped:
    case State::kAfterValue:
      return ++extension_bytes_ <= max_extension_ && step_extension(c);
    case State::kDone:
    case State::kLength:
    case State::kUntilClose:
    case State::kData:
    case State::kTrailers:
      break;  // not here
  }
  return false;
}

bool BodyReader::step_size(char c) {
  if (has_class(c, kHexDigit)) {
    if (remaining_ > kMaxSize >> 4U || digits_ == kMaxSizeDigits) {
      return false;
    }
    ++digits_;
    remaining_ = remaining_ << 4U | hex_value(c);
    return true;
  }
  return digits_ > 0 && step_separator(c, /*may_be_value=*/false, State::kBeforeSemi);
}

bool BodyReader::step_separator(char c, bool may_be_value, State on_space) {
  if (c == '\r') {
    state_ = State::kSizeLf;
  } else if (c == ';') {
    state_ = State::kBeforeName;
  } else if (c == '=' && may_be_value) {
    state_ = State::kBeforeValue;
  } else if (is_space(c)) {
    state_ = on_space;
  } else {
    return false;
  }
  return true;
}

bool BodyReader::step_extension(char c) {
  const bool is_token_char = has_class(c, kTokenChar);
  switch (state_) {
    case State::kBeforeSemi:
      return c != '\r' && step_separator(c, /*may_be_value=*/false, State::kBeforeSemi);
    case State::kBeforeName:
      state_ = is_token_char ? State::kName : state_;
      return is_token_char || is_space(c);
    case State::kName:
      return is_token_char || step_separator(c, /*may_be_value=*/true, State::kAfterName);
    case State::kAfterName:
      return c != '\r' && step_separator(c, /*may_be_value=*/true, State::kAfterName);
    case State::kBeforeValue:
      if (c == '"' || is_token_char) {
        state_ = c == '"' ? State::kQuoted : State::kToken;
        return true;
      }
      return is_space(c);
    case State::kToken:
      return is_token_char || step_separator(c, /*may_be_value=*/false, State::kBeforeSemi);
    case State::kQuoted:
      state_ = c == '"' ? State::kAfterValue : c == '\\' ? State::kEscaped : state_;
      return has_class(c, kValueChar);
    case State::kEscaped:
      state_ = State::kQuoted;
      return has_class(c, kValueChar);
    case State::kAfterValue:
      return step_separator(c, /*may_be_value=*/false, State::kBeforeSemi);
    case State::kDone:
    case State::kLength:
    case State::kUntilClose:
    case State::kSize:
    case State::kSizeLf:
    case State::kData:
    case State::kDataCr:
    case State::kDataLf:
    case State::kTrailers:
      break;  // not here
  }
  return false;
}

ParseFailure BodyReader::read_trailers(Bytes& input) {
  std::string_view line;
  while (!input.empty()) {
    switch (lines_.next(input, max_trailers_ - trailer_bytes_, line)) {
      case LineReader::Result::kMore:
        return {};
      case LineReader::Result::kBad:
        return {ProtocolError::kBadHeader, 400};
      case LineReader::Result::kTooLong:
        return kTrailersTooLarge;
      case LineReader::Result::kLine:
        break;
    }
    trailer_bytes_ += line.size() + 2;
    if (line.empty()) {
      state_ = State::kDone;
      return {};
    }
    std::string_view name;
    std::string_view value;
    bool has_underscore = false;
    if (!parse_field_line(line, name, value, has_underscore)) {
      return {ProtocolError::kBadHeader, 400};
    }
    if (++trailer_count_ > max_fields_) {
      return kTrailersTooLarge;
    }
    trailers_.add(name, value);
    if (is_forbidden_trailer(trailers_[trailers_.size() - 1].name)) {
      trailers_.pop_back();
    }
  }
  return {};
}

void BodyWriter::start(Framing framing, std::uint64_t length) {
  framing_ = framing;
  remaining_ = length;
}

BodyWriter::Outcome BodyWriter::write(std::string& output, Bytes bytes, bool end) {
  switch (framing_) {
    case Framing::kNone:
      break;
    case Framing::kLength:
      if (bytes.size() > remaining_ || (end && bytes.size() < remaining_)) {
        return Outcome::kBroken;
      }
      remaining_ -= bytes.size();
      output.append(bytes);
      break;
    case Framing::kChunked:
      if (!bytes.empty()) {
        char size[20];
        const auto last = std::to_chars(std::begin(size), std::end(size), bytes.size(), 16).ptr;
        output.append(size, static_cast<std::size_t>(last - size)).append("\r\n");
        output.append(bytes).append("\r\n");
      }
      if (end) {
        output.append("0\r\n\r\n");
      }
      break;
    case Framing::kRaw:
      output.append(bytes);
      break;
  }
  return end ? Outcome::kDone : Outcome::kMore;
}

BodyWriter::Outcome BodyWriter::write_trailers(std::string& output, const HeaderList& trailers) {
  if (framing_ != Framing::kChunked) {
    return write(output, {}, /*end=*/true);
  }
  output.append("0\r\n");
  append_trailers(output, trailers);
  output.append("\r\n");
  return Outcome::kDone;
}

}  // namespace shaketable::proxy::http
