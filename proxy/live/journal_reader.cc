#include "proxy/live/journal_reader.h"

#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "proxy/config/archive.h"
#include "proxy/config/wire.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::size_t kReadSize = 256 * 1024;
constexpr std::size_t kMaxHeaders = 100'000;
constexpr std::uint64_t k16Bits = 0xffff;
constexpr std::uint64_t k32Bits = 0xffff'ffff;
/// Thirty years of nanoseconds: sums of two stay far from the end of the scale.
constexpr std::int64_t kLatest = 946'080'000'000'000'000;

bool read_flag(ByteReader& in) { return in.number_up_to(1) != 0; }

Action read_action(ByteReader& in) {
  Action action;
  const std::uint8_t kind = in.byte();
  if (kind > static_cast<std::uint8_t>(ActionKind::kResetDownstream)) {
    in.refuse();
  }
  action.kind = static_cast<ActionKind>(kind);
  action.attempts = in.byte();
  action.status = static_cast<std::uint16_t>(in.number_up_to(k16Bits));
  action.flags = static_cast<std::uint32_t>(in.number_up_to(k32Bits));
  action.proxy = static_cast<std::uint32_t>(in.number_up_to(k32Bits));
  action.host = static_cast<std::uint32_t>(in.number_up_to(k32Bits));
  action.token = in.number();
  action.attempt = in.number();
  action.connection = in.number();
  return action;
}

void read_request(ByteReader& in, JournalInput& input) {
  input.value = in.number();
  input.handle = in.number();
  input.direction = read_flag(in) ? Direction::kInbound : Direction::kOutbound;
  RequestHead& head = input.request;
  head = RequestHead{};
  head.replayable = read_flag(in);
  head.method = in.text(kMaxFrame);
  head.authority = in.text(kMaxFrame);
  head.path = in.text(kMaxFrame);
  head.scheme = in.text(kMaxFrame);
  input.headers.clear();
  while (in.ok()) {
    const std::string_view name = in.text(kMaxFrame);
    if (name.empty()) {
      break;
    }
    if (input.headers.size() == kMaxHeaders) {
      in.refuse();
    }
    input.headers.push_back({name, in.text(kMaxFrame)});
  }
  head.headers = input.headers;
}

void read_response(ByteReader& in, JournalInput& input) {
  input.handle = in.number();
  input.response = ResponseHead{};
  input.response.status = static_cast<std::uint16_t>(in.number_up_to(k16Bits));
  input.response.end_stream = read_flag(in);
  input.response.grpc_status = in.byte();
  input.response.rate_limited = read_flag(in);
}

void read_details(ByteReader& in, JournalInput& input) {
  switch (input.kind) {
    case InputKind::kRequest:
      read_request(in, input);
      return;
    case InputKind::kResponse:
      read_response(in, input);
      return;
    case InputKind::kConfig:
      if (auto config = read_archive(in.text(kMaxArchiveBytes)); config.has_value()) {
        input.config = std::move(*config);
      } else {
        in.refuse();
      }
      return;
    case InputKind::kHosts:
      input.value = in.number_up_to(k32Bits);
      input.hosts = read_hosts(in);
      return;
    case InputKind::kUpstreamReset:
      input.handle = in.number();
      input.value = in.number_up_to(static_cast<std::uint64_t>(ResetReason::kPerTryTimeout));
      return;
    case InputKind::kEnd:
    case InputKind::kDownstreamReset:
    case InputKind::kNotReplayable:
    case InputKind::kConnected:
    case InputKind::kConnectFailed:
    case InputKind::kConnectionClosed:
    case InputKind::kConnectionDraining:
    case InputKind::kTunnel:
    case InputKind::kResponseActivity:
    case InputKind::kResponseEnd:
    case InputKind::kDeadline:
    case InputKind::kAttemptToken:
      input.handle = in.number();
      input.value = in.number();
      return;
  }
}

}  // namespace

// ---- the file ----------------------------------------------------------------------------------

JournalReader::JournalReader(std::string bytes) : buffer_(std::move(bytes)) {}

JournalReader::JournalReader(JournalReader&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      checksum_(other.checksum_),
      inputs_(other.inputs_),
      last_(other.last_),
      problem_(std::move(other.problem_)) {}

JournalReader::~JournalReader() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Result<JournalReader> JournalReader::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail("cannot read the journal: " + std::system_category().message(errno), path);
  }
  JournalReader reader{std::string()};
  reader.fd_ = fd;
  return reader;
}

/// Whether so many bytes are there; reads more if they are not.
bool JournalReader::fill(std::size_t bytes) {
  if (begin_ > kReadSize) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  while (buffer_.size() - begin_ < bytes) {
    if (fd_ < 0) {
      return false;
    }
    const std::size_t size = buffer_.size();
    buffer_.resize(size + kReadSize);
    ssize_t count = 0;
    do {
      count = ::read(fd_, buffer_.data() + size, kReadSize);
    } while (count < 0 && errno == EINTR);
    buffer_.resize(size + static_cast<std::size_t>(count > 0 ? count : 0));
    if (count <= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }
  return true;
}

JournalReader::Frame JournalReader::next_frame(std::string_view& body) {
  constexpr std::size_t kChecksumSize = 4;
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (!fill(digits + 1)) {
      return digits == 0 ? Frame::kNone : Frame::kPart;
    }
    const auto byte = static_cast<std::uint8_t>(buffer_[begin_ + digits++]);
    size |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) {
      break;
    }
    if (shift > 28) {
      return Frame::kBad;
    }
  }
  if (size > kMaxFrame || size == 0) {
    return Frame::kBad;
  }
  if (!fill(digits + size + kChecksumSize)) {
    return Frame::kPart;
  }
  body = std::string_view(buffer_).substr(begin_ + digits, size);
  std::uint32_t checksum = 0;
  for (std::size_t i = 0; i < kChecksumSize; ++i) {
    checksum |= std::uint32_t{static_cast<std::uint8_t>(buffer_[begin_ + digits + size + i])}
                << (8 * i);
  }
  begin_ += digits + size + kChecksumSize;
  checksum_ = frame_checksum(checksum_, body);
  return checksum == checksum_ ? Frame::kWhole : Frame::kBad;
}

Result<JournalHeader> JournalReader::read_header() {
  if (!fill(kJournalMagic.size()) ||
      std::string_view(buffer_).substr(0, kJournalMagic.size()) != kJournalMagic) {
    return fail("not a journal", {}, "a file that shaketable-proxy wrote with --journal");
  }
  begin_ = kJournalMagic.size();
  std::string_view body;
  if (next_frame(body) != Frame::kWhole) {
    return fail("the beginning of the journal is damaged or missing");
  }
  ByteReader in(body);
  if (const std::uint64_t version = in.number(); version != kJournalVersion) {
    return fail("the journal has version " + std::to_string(version), {},
                "version " + std::to_string(kJournalVersion));
  }
  JournalHeader header;
  header.program = in.text(1024);
  header.worker = static_cast<std::uint32_t>(in.number_up_to(k32Bits));
  header.seed = in.fixed();
  const std::int64_t start = in.signed_number();
  const std::string_view archive = in.text(kMaxArchiveBytes);
  if (!in.is_complete() || start < 0 || start > kLatest) {
    return fail("the beginning of the journal is damaged");
  }
  auto config = read_archive(archive);
  if (!config.has_value()) {
    return tl::unexpected<Error>(config.error());
  }
  header.config = std::move(*config);
  header.start = last_ = instant_at(start);
  return header;
}

// ---- inputs ------------------------------------------------------------------------------------

JournalReader::Step JournalReader::damaged(std::string what) {
  problem_ = std::move(what);
  return Step::kDamaged;
}

JournalReader::Step JournalReader::next(JournalInput& input) {
  std::string_view body;
  switch (next_frame(body)) {
    case Frame::kNone:
    case Frame::kPart:
      return Step::kCutOff;
    case Frame::kBad:
      return damaged("the bytes behind input " + std::to_string(inputs_) +
                     " are not what was written");
    case Frame::kWhole:
      break;
  }
  if (!read_input(body, input)) {
    return damaged("what follows input " + std::to_string(inputs_) + " is not an input");
  }
  if (input.kind != InputKind::kEnd) {
    ++inputs_;
    return Step::kInput;
  }
  if (input.value != inputs_) {
    return damaged("the journal has " + std::to_string(inputs_) + " inputs, its end says " +
                   std::to_string(input.value));
  }
  return fill(1) ? damaged("something follows the end") : Step::kEnd;
}

bool JournalReader::read_input(std::string_view body, JournalInput& input) {
  ByteReader in(body);
  const std::uint8_t kind = in.byte();
  if (kind >= kInputKinds) {
    return false;
  }
  input.kind = static_cast<InputKind>(kind);
  input.handle = 0;
  input.actions.clear();
  if (input.kind == InputKind::kEnd) {
    input.value = in.number();
    return in.is_complete();
  }
  last_ += Duration(static_cast<std::int64_t>(
      in.number_up_to(static_cast<std::uint64_t>(kLatest - nanoseconds_of(last_)))));
  input.now = last_;
  read_details(in, input);
  const std::uint64_t actions = in.number_up_to(in.remaining());
  for (std::uint64_t i = 0; i < actions && in.ok(); ++i) {
    input.actions.push_back(read_action(in));
  }
  return in.is_complete();
}

}  // namespace shaketable::proxy::live
