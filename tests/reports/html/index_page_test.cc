#include "reports/html/index_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/judged_run.h"

namespace shaketable::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(IndexPageTest, TellsOfEveryRunAndOfEveryService) {
  const JudgedRun shop(engine::shop_run());
  const std::vector<IndexEntry> entries{index_entry(shop.report(), "shop-7.html")};

  const std::string page = write_index_html(entries);

  EXPECT_THAT(page, HasSubstr("1 of 1 runs failed"));
  EXPECT_THAT(page, HasSubstr("<a href=\"./shop-7.html\">"));
  for (const auto& service : entries[0].services) {
    EXPECT_THAT(page, HasSubstr(">" + service.name + "</th>"));
  }
}

TEST(IndexPageTest, ALinkIsAlwaysOneIntoTheFolder) {
  IndexEntry entry{.name = "x", .link = "javascript:alert(1)\"><b>"};

  EXPECT_THAT(write_index_html({&entry, 1}),
              HasSubstr("href=\"./javascript%3Aalert%281%29%22%3E%3Cb%3E\""));
}

TEST(IndexPageTest, HostileNamesBecomeText) {
  for (const std::string& name : hostile_names()) {
    const IndexEntry entry{.name = name, .headline = name, .services = {{.name = name}}};

    const std::string page = write_index_html({&entry, 1});

    EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("\xe2\x80\xae")));
  }
}

TEST(IndexPageTest, NoRunAtAllIsStillAPage) {
  EXPECT_THAT(write_index_html({}), HasSubstr("All 0 runs passed"));
}

}  // namespace
}  // namespace shaketable::reports
