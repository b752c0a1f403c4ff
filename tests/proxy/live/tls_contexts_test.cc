#include "proxy/live/tls_contexts.h"

#include <string>

#include <gtest/gtest.h>

#include "proxy/live/snapshot.h"
#include "tests/proxy/http/tls_fixture.h"

namespace shaketable::proxy::live {
namespace {

using http::TlsContext;

struct TlsContextsTest : testing::Test {
  TlsContextsTest() {
    authority.issue("cart");
    authority.issue("shop");
  }

  /// A listener that shows NAME, and a cluster that does, too.
  [[nodiscard]] LiveConfig config(const std::string& name) const {
    LiveConfig config;
    ListenerConfig listener;
    listener.name = "in";
    listener.address = "127.0.0.1:1";
    listener.tls_mode = TlsMode::kStrict;
    listener.tls = authority.config(name);
    config.listeners = {listener};
    for (const char* cluster : {"a", "b"}) {
      config.core.clusters.emplace_back().name = cluster;
      config.clusters.emplace_back().tls = authority.config(name);
    }
    return config;
  }
  static std::shared_ptr<const Snapshot> load(const LiveConfig& config, const Snapshot* former) {
    auto made = make_snapshot(config, 1, former);
    EXPECT_TRUE(made.has_value());
    return made.has_value() ? *made : nullptr;
  }

  http::test::TestAuthority authority;
};

TEST_F(TlsContextsTest, ClustersThatSayTheSameShareOne) {
  const auto snapshot = load(config("cart"), nullptr);
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->clusters[0]->tls, snapshot->clusters[1]->tls);
  EXPECT_NE(snapshot->listeners[0]->tls, snapshot->clusters[0]->tls) << "a server is no client";
}

TEST_F(TlsContextsTest, AReloadThatChangesNothingAboutTlsKeepsThem) {
  const auto before = load(config("cart"), nullptr);
  ASSERT_NE(before, nullptr);
  LiveConfig changed = config("cart");
  changed.clusters.pop_back();
  changed.core.clusters.pop_back();
  const auto after = load(changed, before.get());
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(after->listeners[0]->tls, before->listeners[0]->tls);
  EXPECT_EQ(after->clusters[0]->tls, before->clusters[0]->tls);
}

TEST_F(TlsContextsTest, WhateverIsWrittenMakesAnotherOne) {
  const auto before = load(config("cart"), nullptr);
  ASSERT_NE(before, nullptr);
  LiveConfig other = config("cart");
  other.clusters[1].tls->allowed_ids = {"spiffe://mesh.test/ns/shop/sa/shop"};
  other.listeners[0].tls.more_certificates = {
      {{"shop.test"}, authority.folder / "shop.pem", authority.folder / "shop.key"}};
  const auto after = load(other, before.get());
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(after->clusters[0]->tls, before->clusters[0]->tls);
  EXPECT_NE(after->clusters[1]->tls, before->clusters[1]->tls);
  EXPECT_NE(after->listeners[0]->tls, before->listeners[0]->tls);
}

TEST_F(TlsContextsTest, FilesThatChangedAreReadAgain) {
  const auto before = load(config("cart"), nullptr);
  ASSERT_NE(before, nullptr);
  const std::string path = config("cart").listeners[0].tls.certificate_chain;
  (void)authority.folder.write("cart.pem", TemporaryFolder::read(path) + "\n");
  const auto after = load(config("cart"), before.get());
  ASSERT_NE(after, nullptr);
  EXPECT_NE(after->listeners[0]->tls, before->listeners[0]->tls);
  EXPECT_NE(after->clusters[0]->tls, before->clusters[0]->tls);
}

}  // namespace
}  // namespace shaketable::proxy::live
