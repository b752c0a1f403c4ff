#include "proxy/http/http1_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shaketable::proxy::http {
namespace {

using testing::IsEmpty;

TEST(BodyReaderTest, GivesBigChunksOnWithoutACopyAndSmallOnesTogether) {
  BodyReader reader{CodecLimits{}};
  reader.start_chunked();
  const std::string big(5000, 'x');
  const std::string wire = "1\r\na\r\n2\r\nbc\r\n1388\r\n" + big + "\r\n1\r\nd\r\n0\r\n\r\nnext";
  Bytes input = wire;

  const BodyReader::Piece small = reader.next(input);
  EXPECT_EQ(small.data, "abc");
  const BodyReader::Piece direct = reader.next(input);
  EXPECT_EQ(direct.data.size(), 5000U);
  EXPECT_TRUE(direct.data.data() > wire.data() && direct.data.data() < wire.data() + wire.size());
  const BodyReader::Piece last = reader.next(input);

  EXPECT_EQ(last.data, "d");
  EXPECT_TRUE(last.end);
  EXPECT_EQ(input, "next");
}

TEST(BodyReaderTest, JoinsNoMoreThanItMayKeep) {
  BodyReader reader{CodecLimits{}};
  reader.start_chunked();
  std::string wire;
  for (int i = 0; i < 100'000; ++i) {
    wire += "1\r\nx\r\n";
  }
  Bytes input = wire;
  std::size_t pieces = 0;
  std::size_t bytes = 0;

  while (!input.empty()) {
    const BodyReader::Piece piece = reader.next(input);
    EXPECT_LE(piece.data.size(), 16U * 1024);
    bytes += piece.data.size();
    ++pieces;
  }

  EXPECT_EQ(bytes, 100'000U);
  EXPECT_LE(pieces, 8U) << "each piece costs a call and a chunk of its own";
}

TEST(BodyReaderTest, GivesOnWhatCameBeforeAnError) {
  BodyReader reader{CodecLimits{}};
  reader.start_chunked();
  Bytes input = "5\r\nhello\r\nZ";

  const BodyReader::Piece piece = reader.next(input);

  EXPECT_EQ(piece.data, "hello");
  EXPECT_EQ(piece.failure.error, ProtocolError::kBadChunk);
  EXPECT_FALSE(piece.end);
}

TEST(BodyReaderTest, CountsExtensionsOfAllChunksTogether) {
  CodecLimits limits;
  limits.max_chunk_extension_bytes = 10;
  BodyReader reader(limits);
  reader.start_chunked();
  Bytes input = "1;abc\r\nx\r\n1;def\r\nx\r\n1;gh\r\nx\r\n";

  EXPECT_EQ(reader.next(input).failure.error, ProtocolError::kBadChunk);
}

class ChunkHeadTest : public testing::TestWithParam<std::string_view> {
 protected:
  static ParseFailure read(std::string_view head) {
    BodyReader reader{CodecLimits{}};
    reader.start_chunked();
    const std::string wire = std::string(head) + "\r\nhello\r\n0\r\n\r\n";
    Bytes input = wire;
    return reader.next(input).failure;
  }
};
class GoodChunkHeadTest : public ChunkHeadTest {};
class BadChunkHeadTest : public ChunkHeadTest {};

TEST_P(GoodChunkHeadTest, IsRead) { EXPECT_FALSE(read(GetParam())); }
TEST_P(BadChunkHeadTest, IsRefused) { EXPECT_TRUE(read(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Heads, GoodChunkHeadTest,
                         testing::Values("5", "0005", "5;a", "5;a=b", "5 ; a = b ;c", "5;a=\"\"",
                                         "5;a=\"b;\\\"c\t\"", "5;a=\"\xc3\xa9\" ;d"));
INSTANTIATE_TEST_SUITE_P(Heads, BadChunkHeadTest,
                         testing::Values("", "5 ", "5\t", " 5", "+5", "-5", "0x5", "5_0", "5;",
                                         "5;;a", "5;a=", "5;a=;b", "5;a b", "5;a=b c", "5;a=\"b",
                                         "5;a=\"b\"c", "5;\"a\"", "5;a\x01", "5;a=\"\x7f\"", "5\r",
                                         "10000000000000005", "8000000000000000", "5;a=b ",
                                         "5;a "));

TEST(BodyReaderTest, ReadsTrailersWithinTheirLimits) {
  const auto read = [](const std::string& trailers) {
    BodyReader reader{CodecLimits{}};
    reader.start_chunked();
    const std::string wire = "0\r\n" + trailers + "\r\n";
    Bytes input = wire;
    return reader.next(input);
  };
  EXPECT_TRUE(read("x-a: b\r\n").end);
  EXPECT_EQ(read("x-a : b\r\n").failure.error, ProtocolError::kBadHeader);
  EXPECT_EQ(read("x-a: b\n").failure.error, ProtocolError::kBadHeader);
  EXPECT_EQ(read("x: " + std::string(70'000, 'a')).failure.error, ProtocolError::kTrailersTooLarge);
  std::string many;
  for (std::size_t i = 0; i <= CodecLimits{}.max_headers; ++i) {
    many += "a: b\r\n";
  }
  EXPECT_EQ(read(many).failure.error, ProtocolError::kTrailersTooLarge);
}

TEST(BodyWriterTest, SaysWhenABodyIsNotAsLongAsPromised) {
  using Outcome = BodyWriter::Outcome;
  std::string output;
  BodyWriter writer;
  writer.start(BodyWriter::Framing::kLength, 3);
  EXPECT_EQ(writer.write(output, "ab", /*end=*/false), Outcome::kMore);
  EXPECT_EQ(writer.write(output, "c", /*end=*/true), Outcome::kDone);
  writer.start(BodyWriter::Framing::kLength, 3);
  EXPECT_EQ(writer.write(output, "abcd", /*end=*/false), Outcome::kBroken);
  EXPECT_EQ(writer.write(output, "a", /*end=*/true), Outcome::kBroken);
  EXPECT_EQ(output, "abc");
}

TEST(LineReaderTest, KeepsOnlyTheLineThatIsNotWhole) {
  LineReader reader;
  std::string_view line;
  Bytes input = "one\r\ntw";
  EXPECT_EQ(reader.next(input, 100, line), LineReader::Result::kLine);
  EXPECT_EQ(line, "one");
  EXPECT_EQ(reader.next(input, 100, line), LineReader::Result::kMore);
  EXPECT_EQ(reader.partial(), "tw");
  input = "o\r\nx\n";
  EXPECT_EQ(reader.next(input, 100, line), LineReader::Result::kLine);
  EXPECT_EQ(line, "two");
  EXPECT_THAT(reader.partial(), IsEmpty());
  EXPECT_EQ(reader.next(input, 100, line), LineReader::Result::kBad);
}

TEST(LineReaderTest, KeepsNothingOfALineThatIsTooLong) {
  LineReader reader;
  std::string_view line;
  const std::string much(1'000'000, 'a');
  Bytes input = much;

  EXPECT_EQ(reader.next(input, 100, line), LineReader::Result::kTooLong);
  EXPECT_THAT(reader.partial(), IsEmpty());
}

}  // namespace
}  // namespace shaketable::proxy::http
