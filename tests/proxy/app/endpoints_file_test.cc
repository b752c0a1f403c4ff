#include "proxy/app/endpoints_file.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shaketable::proxy::app {
namespace {

using testing::HasSubstr;

std::string remarks_of(const std::string& text) {
  engine::Diagnostics diagnostics;
  EXPECT_FALSE(parse_endpoints_file("e.yaml", text, diagnostics).has_value());
  return engine::render(diagnostics, false);
}

TEST(EndpointsFileTest, MapsServicesToAddresses) {
  engine::Diagnostics diagnostics;
  const auto file =
      parse_endpoints_file("e.yaml",
                           "payment: [10.0.0.1:80, {address: '[::1]:80', weight: 2}]\n"
                           "catalog/v2: localhost:81\n"
                           "gone: []\n",
                           diagnostics);

  ASSERT_TRUE(file.has_value()) << engine::render(diagnostics, false);
  EXPECT_TRUE(file->has_names);
  ASSERT_EQ(file->sets.size(), 3U);
  EXPECT_EQ(file->find("payment")->endpoints.at(1).weight, 2U);
  EXPECT_EQ(file->find("catalog/v2")->endpoints.at(0).address, "127.0.0.1:81");
  EXPECT_TRUE(file->find("gone")->endpoints.empty());
  EXPECT_EQ(file->find("other"), nullptr);
}

TEST(EndpointsFileTest, MayBeAListAndMayBeJson) {
  engine::Diagnostics diagnostics;
  const auto list = parse_endpoints_file("e.yaml", "- 10.0.0.1:80\n", diagnostics);
  const auto json = parse_endpoints_file("e.json", R"({"a": ["10.0.0.1:80"]})", diagnostics);

  ASSERT_TRUE(list.has_value() && json.has_value()) << engine::render(diagnostics, false);
  EXPECT_FALSE(list->has_names);
  EXPECT_EQ(list->list.size(), 1U);
  EXPECT_EQ(json->sets.size(), 1U);
}

TEST(EndpointsFileTest, TakesOneNameAlone) {
  engine::Diagnostics diagnostics;
  const auto file = parse_endpoints_file("e.yaml", "a: a.test:80\n", diagnostics);

  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(file->sets.at(0).endpoints.at(0).is_name);
  EXPECT_THAT(remarks_of("a: [a.test:80, 10.0.0.1:80]\n"), HasSubstr("e.yaml:1:5: error[ST1401]"));
}

TEST(EndpointsFileTest, ReportsAllMistakes) {
  const std::string remarks = remarks_of(
      "a: [8080, 10.0.0.1:80, 10.0.0.1:80]\n"
      "b: {addres: 10.0.0.1:80}\n"
      "c: [{address: 10.0.0.1:80, weight: 0}]\n");

  EXPECT_THAT(remarks, HasSubstr("e.yaml:1:5: error[ST1401]"));
  EXPECT_THAT(remarks, HasSubstr("e.yaml:1:24: error[ST1219]"));
  EXPECT_THAT(remarks, HasSubstr("did you mean \"address\"?"));
  EXPECT_THAT(remarks, HasSubstr("e.yaml:3:36: error[ST1106]"));
}

TEST(EndpointsFileTest, IsReadWhateverElseIsWrong) {
  engine::Diagnostics diagnostics;
  diagnostics.add({.message = "something else"});

  EXPECT_TRUE(parse_endpoints_file("e.yaml", "a: 10.0.0.1:80\n", diagnostics).has_value());
}

}  // namespace
}  // namespace shaketable::proxy::app
