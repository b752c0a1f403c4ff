#include "proxy/live/admin.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/proxy/live/admin_fixture.h"
#include "tests/support/hostile_names.h"

namespace shaketable::proxy::live {
namespace {

using AdminRulesTest = AdminTest;

TEST_F(AdminRulesTest, OnLoopbackNoTokenIsNeeded) {
  config.admin.token = "hunter2";
  EXPECT_EQ(get("/ready").status, 200);
}

TEST_F(AdminRulesTest, OffLoopbackNothingIsToldWithoutAToken) {
  is_loopback = false;
  const AdminResponse response = get("/ready");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.body.find("LIVE"), std::string::npos);
  headers.add("authorization", "Bearer ");
  EXPECT_EQ(get("/ready").status, 403) << "an empty token is none";
}

TEST_F(AdminRulesTest, OffLoopbackTheTokenOpens) {
  is_loopback = false;
  config.admin.token = "hunter2";
  EXPECT_EQ(get("/ready").status, 401);
  EXPECT_EQ(header_of(get("/ready"), "www-authenticate"), "Bearer realm=\"admin\"");
  for (const char* wrong : {"Bearer hunter", "Bearer hunter22", "Bearer", "Bearer ",
                            "Basic hunter2", "hunter2", "Bearer hunter2 x", "Bearerhunter2"}) {
    headers.set("authorization", wrong);
    EXPECT_EQ(get("/ready").status, 401) << wrong;
  }
  for (const char* right : {"Bearer hunter2", "bearer  hunter2 "}) {
    headers.set("authorization", right);
    EXPECT_EQ(get("/ready").status, 200) << right;
  }
  authority = "cart-1.shop.svc:15000";
  EXPECT_EQ(get("/ready").status, 200) << "who has the token may come by any name";
}

TEST_F(AdminRulesTest, ANameThatIsNotOursIsRefused) {
  for (const char* name :
       {"evil.test", "evil.test:15000", "127.0.0.1.evil.test", "localhost.evil.test", "1.evil",
        "[::1].evil", "127.0.0.1.", "0x7f.1.test"}) {
    authority = name;
    EXPECT_EQ(get("/stats").status, 403) << name;
  }
  for (const char* name : {"127.0.0.1", "127.0.0.1:15000", "localhost:15000", "LOCALHOST",
                           "[::1]:15000", "10.1.2.3:80", ""}) {
    authority = name;
    EXPECT_EQ(get("/stats").status, 200) << name;
  }
  config.admin.address = "admin.shop.test:15000";
  authority = "Admin.shop.test:15000";
  EXPECT_EQ(get("/stats").status, 200);
}

TEST_F(AdminRulesTest, AnotherSiteInABrowserChangesNothing) {
  headers.add("origin", "http://evil.test");
  EXPECT_EQ(ask("POST", "/quitquitquit").status, 403);
  EXPECT_EQ(quits, 0);
  EXPECT_EQ(get("/ready").status, 200) << "reading is kept apart by the browser";
  headers.set("origin", "null");
  EXPECT_EQ(ask("POST", "/quitquitquit").status, 403);
  headers.set("origin", "http://127.0.0.1:15000");
  EXPECT_EQ(ask("POST", "/quitquitquit").status, 200);
  headers.add("sec-fetch-site", "cross-site");
  EXPECT_EQ(ask("POST", "/quitquitquit").status, 403);
  EXPECT_EQ(quits, 1);
}

TEST_F(AdminRulesTest, WhatChangesStateNeedsPost) {
  for (const char* path : {"/drain", "/quitquitquit", "/reload"}) {
    const AdminResponse response = get(path);
    EXPECT_EQ(response.status, 405) << path;
    EXPECT_EQ(header_of(response, "allow"), "POST");
  }
  EXPECT_EQ(ask("PUT", "/stats").status, 405);
  EXPECT_EQ(header_of(ask("PUT", "/faults"), "allow"), "GET, HEAD, POST, DELETE");
  EXPECT_EQ(drains + quits, 0);
}

TEST_F(AdminRulesTest, UnknownPagesNameTheNearest) {
  const AdminResponse response = get("/stat");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "no page /stat; did you mean /stats?\n");
  EXPECT_EQ(get("/something/else").body, "no page /something/else; /help lists all\n");
  EXPECT_EQ(get("/clsuters").body, "no page /clsuters; did you mean /clusters?\n");
}

TEST_F(AdminRulesTest, HostilePathsAreEscapedAndCut) {
  for (const std::string& name : hostile_names()) {
    const AdminResponse response = get("/" + name);
    EXPECT_TRUE(response.status == 404 || name.empty());
    EXPECT_EQ(response.content_type.find(name.empty() ? "text/html" : "text/plain"), 0U);
    if (!name.empty()) {
      EXPECT_LT(response.body.size(), 400U);
      for (const char c : response.body) {
        EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~'));
      }
    }
  }
}

TEST_F(AdminRulesTest, AnswersAreNotCachedOrGuessedAt) {
  const AdminResponse response = get("/ready");
  EXPECT_EQ(header_of(response, "cache-control"), "no-cache, max-age=0");
  EXPECT_EQ(header_of(response, "x-content-type-options"), "nosniff");
}

TEST_F(AdminRulesTest, SaysWhatItNeeds) {
  EXPECT_TRUE(AdminPages::needs("/stats?filter=x").stats);
  EXPECT_TRUE(AdminPages::needs("/stats/prometheus").stats);
  EXPECT_FALSE(AdminPages::needs("/ready").stats);
  EXPECT_TRUE(AdminPages::needs("/ready").server);
  EXPECT_FALSE(AdminPages::needs("/nowhere").stats);
  context.stats = nullptr;
  EXPECT_EQ(get("/stats").status, 503);
  EXPECT_EQ(get("/ready").status, 200);
}

TEST(EqualInConstantTimeTest, ComparesAllBytesAndLengths) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_in_constant_time("secret", "Secret"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secre"));
  EXPECT_FALSE(equal_in_constant_time("secret", std::string_view("secret\0", 7)));
}

}  // namespace
}  // namespace shaketable::proxy::live
