#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/config/archive.h"
#include "proxy/live/journal_reader.h"
#include "tests/fuzz/require.h"

// Feeds arbitrary frames to the reader of journals. If the first byte is odd they get their
// checksums and a header, so that what is inside of them is reached; else the bytes are the file.
// What must hold: no crash, an end, and texts that a terminal can show.
namespace shaketable::proxy::live {
namespace {

class Sealer {
 public:
  void add(std::string_view body) {
    checksum_ = frame_checksum(checksum_, body);
    ByteWriter out(bytes_);
    out.text(body);
    for (unsigned shift = 0; shift < 32; shift += 8) {
      out.byte(static_cast<std::uint8_t>(checksum_ >> shift));
    }
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_{kJournalMagic};
  std::uint32_t checksum_ = 0;
};

std::string seal(std::string_view input) {
  Sealer file;
  std::string header;
  ByteWriter out(header);
  out.number(kJournalVersion);
  out.text("fuzz");
  out.number(0);
  out.fixed(1);
  out.signed_number(0);
  out.text(write_archive({}));
  file.add(header);
  while (!input.empty()) {
    const std::size_t size = static_cast<std::uint8_t>(input.front());
    file.add(input.substr(1, size));
    input.remove_prefix(std::min(input.size(), size + 1));
  }
  return file.bytes();
}

void check_text(std::string_view text) {
  for (const char c : text) {
    require(c >= 0x20 && c < 0x7f);
  }
}

void run(std::string_view input) {
  const bool is_sealed = (static_cast<std::uint8_t>(input.front()) & 1U) != 0;
  input.remove_prefix(1);
  JournalReader reader(is_sealed ? seal(input) : std::string(input));
  const auto header = reader.read_header();
  if (!header.has_value()) {
    require(!is_sealed);
    return;
  }
  JournalInput next;
  Instant last = header->start;
  while (reader.next(next) == JournalReader::Step::kInput) {
    require(next.now >= last);
    last = next.now;
    check_text(describe(next, header->start));
    for (const Action& action : next.actions) {
      check_text(describe(action));
    }
  }
}

}  // namespace
}  // namespace shaketable::proxy::live

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) {
    shaketable::proxy::live::run({reinterpret_cast<const char*>(data), size});
  }
  return 0;
}
