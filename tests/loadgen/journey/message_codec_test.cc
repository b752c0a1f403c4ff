#include "loadgen/journey/message_codec.h"

#include <string>

#include <gtest/gtest.h>

#include "loadgen/journey/wire.h"

namespace shaketable::loadgen {
namespace {

/// One field of a FieldDescriptorProto.
std::string field(const std::string& name, std::uint32_t number, std::uint32_t type,
                  bool repeated = false, const std::string& type_name = "") {
  std::string out;
  append_bytes(1, name, out);
  append_tag(3, WireReader::Type::kVarint, out);
  append_varint(number, out);
  append_tag(4, WireReader::Type::kVarint, out);
  append_varint(repeated ? 3 : 1, out);
  append_tag(5, WireReader::Type::kVarint, out);
  append_varint(type, out);
  if (!type_name.empty()) {
    append_bytes(6, type_name, out);
  }
  return out;
}

/// A set with the service shop.Cart, its method Add, and messages that use most types.
std::string descriptors() {
  std::string item;
  append_bytes(1, "Item", item);
  append_bytes(2, field("sku", 1, 9), item);
  append_bytes(2, field("count", 2, 5), item);
  append_bytes(2, field("price", 3, 1), item);
  std::string entry;
  append_bytes(1, "TagsEntry", entry);
  append_bytes(2, field("key", 1, 9), entry);
  append_bytes(2, field("value", 2, 13), entry);
  std::string options;
  append_tag(7, WireReader::Type::kVarint, options);
  append_varint(1, options);
  append_bytes(7, options, entry);
  std::string order;
  append_bytes(1, "Order", order);
  append_bytes(2, field("items", 1, 11, true, ".shop.Item"), order);
  append_bytes(2, field("numbers", 2, 18, true), order);
  append_bytes(2, field("color", 3, 14, false, ".shop.Color"), order);
  append_bytes(2, field("raw", 4, 12), order);
  append_bytes(2, field("big", 5, 4), order);
  append_bytes(2, field("yes", 6, 8), order);
  append_bytes(2, field("tags", 7, 11, true, ".shop.Order.TagsEntry"), order);
  append_bytes(3, entry, order);
  std::string red;
  append_bytes(1, "RED", red);
  append_tag(2, WireReader::Type::kVarint, red);
  append_varint(4, red);
  std::string color;
  append_bytes(1, "Color", color);
  append_bytes(2, red, color);
  std::string method;
  append_bytes(1, "Add", method);
  append_bytes(2, ".shop.Order", method);
  append_bytes(3, ".shop.Order", method);
  std::string service;
  append_bytes(1, "Cart", service);
  append_bytes(2, method, service);
  std::string watch;
  append_bytes(1, "Watch", watch);
  append_bytes(2, ".shop.Order", watch);
  append_bytes(3, ".shop.Item", watch);
  for (const std::uint32_t streaming : {5U, 6U}) {  // client's, server's
    append_tag(streaming, WireReader::Type::kVarint, watch);
    append_varint(1, watch);
  }
  append_bytes(2, watch, service);
  std::string file;
  append_bytes(1, "shop.proto", file);
  append_bytes(2, "shop", file);
  append_bytes(4, item, file);
  append_bytes(4, order, file);
  append_bytes(5, color, file);
  append_bytes(6, service, file);
  std::string set;
  append_bytes(1, file, set);
  return set;
}

TEST(MessageCodecTest, BringsMessagesThereAndBack) {
  const auto codec = MessageCodec::create(descriptors(), "shop.Cart", "Add");
  ASSERT_TRUE(codec.has_value()) << codec.error().message;

  const auto bytes = (*codec)->encode(
      R"({"items": [{"sku": "a", "count": -1, "price": 2.5}, {"sku": "b"}], "numbers": [1, -2],
          "color": "RED", "raw": "AQL/", "big": "18446744073709551615", "yes": true,
          "tags": {"x": 7}})");
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
  const auto json = (*codec)->decode(*bytes);

  ASSERT_TRUE(json.has_value()) << json.error().message;
  EXPECT_EQ(*json,
            R"({"items":[{"sku":"a","count":-1,"price":2.5E0},{"sku":"b"}],"numbers":[1,-2],)"
            R"("color":"RED","raw":"AQL/","big":18446744073709551615,"yes":true,"tags":{"x":7}})");
}

TEST(MessageCodecTest, WritesTheBytesOfTheSpecification) {
  const auto codec = MessageCodec::create(descriptors(), "shop.Cart", "Add");
  ASSERT_TRUE(codec.has_value());
  // field 1, message: sku "hi" (0a 02 68 69), count 150 (10 96 01).
  EXPECT_EQ(*(*codec)->encode(R"({"items": [{"sku": "hi", "count": 150}]})"),
            std::string("\x0a\x07\x0a\x02hi\x10\x96\x01", 9));
}

TEST(MessageCodecTest, NamesWhatDoesNotFit) {
  EXPECT_FALSE(MessageCodec::create("no descriptors", "a", "b").has_value());
  const auto missing = MessageCodec::create(descriptors(), "shop.Cart", "Remove");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().expected, "shop.Cart/Add, shop.Cart/Watch");

  const auto codec = MessageCodec::create(descriptors(), "shop.Cart", "Add");
  for (const char* wrong : {R"({"itms": []})", R"({"items": {}})", R"({"yes": 3})", "[1]", "{",
                            R"({"numbers": ["x"]})", R"({"raw": "!"})"}) {
    EXPECT_FALSE((*codec)->encode(wrong).has_value()) << wrong;
  }
  EXPECT_FALSE((*codec)->decode(std::string("\x0a\x7f", 2)).has_value());
}

TEST(MessageCodecTest, AnswersOfAStreamAreAList) {
  const auto add = MessageCodec::create(descriptors(), "shop.Cart", "Add");
  const auto watch = MessageCodec::create(descriptors(), "shop.Cart", "Watch");
  ASSERT_TRUE(add.has_value() && watch.has_value());
  EXPECT_FALSE((*add)->takes_several());
  EXPECT_TRUE((*watch)->takes_several());

  std::string body;
  EXPECT_EQ(*(*watch)->decode_answer(body), "[]");
  EXPECT_FALSE((*add)->decode_answer(body).has_value()) << "one message is no stream";
  append_grpc_frame(std::string("\x0a\x01q", 3), body);
  EXPECT_EQ(*(*watch)->decode_answer(body), R"([{"sku":"q"}])");
  append_grpc_frame(std::string("\x10\x05", 2), body);
  EXPECT_EQ(*(*watch)->decode_answer(body), R"([{"sku":"q"},{"count":5}])");

  EXPECT_FALSE((*watch)->decode_answer(body.substr(0, body.size() - 1)).has_value()) << "cut";
  append_grpc_frame(std::string("\x0a\x7f", 2), body);
  EXPECT_FALSE((*watch)->decode_answer(body).has_value()) << "no message";
}

TEST(MessageCodecTest, FramesMessages) {
  std::string body;
  append_grpc_frame("abc", body);
  EXPECT_EQ(body, std::string("\0\0\0\0\3abc", 8));
  std::string_view rest = body;
  EXPECT_EQ(*take_grpc_frame(rest), "abc");
  EXPECT_TRUE(rest.empty());
  EXPECT_FALSE(take_grpc_frame(rest).has_value());
}

}  // namespace
}  // namespace shaketable::loadgen
