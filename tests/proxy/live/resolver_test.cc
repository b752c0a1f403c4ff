#include "proxy/live/resolver.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/proxy/live/dns_server.h"

namespace shaketable::proxy::live {
namespace {

DnsCluster query_for(std::string name, Duration refresh = 1ms) {
  DnsCluster query;
  query.name = std::move(name);
  query.port = 80;
  query.min_refresh = refresh;
  query.max_refresh = refresh;
  return query;
}

/// A resolver whose news are waited for.
class ResolverTest : public testing::Test {
 protected:
  ResolverTest() {
    resolver_ = std::make_unique<Resolver>(
        DnsOptions{.nameserver = server_.address(), .hosts_file = "/dev/null", .tries = 1},
        [this](ResolverNews news) {
          const std::lock_guard lock(mutex_);
          news_.push_back(std::move(news));
          wake_.notify_one();
        });
  }
  ~ResolverTest() override { resolver_.reset(); }

  ResolverNews next() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !news_.empty(); });
    ResolverNews result = std::move(news_.front());
    news_.pop_front();
    return result;
  }
  /// The next answer of another kind than those that are still coming.
  template <class Wanted>
  ResolverNews next_that(Wanted is_wanted) {
    while (true) {
      ResolverNews news = next();
      if (is_wanted(news)) {
        return news;
      }
    }
  }

  DnsServer server_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<ResolverNews> news_;
  std::unique_ptr<Resolver> resolver_;
};

TEST_F(ResolverTest, TellsOfAddressesThatChange) {
  server_.set("cart.test", DnsServer::kA, {DnsServer::a("127.0.0.2", 0)});
  resolver_->set_queries({query_for("cart.test")});
  EXPECT_EQ(next().answer->hosts[0].address, "127.0.0.2:80");

  server_.set("cart.test", DnsServer::kA, {DnsServer::a("127.0.0.3", 0)});

  const ResolverNews news =
      next_that([](const ResolverNews& n) { return n.answer->hosts[0].address == "127.0.0.3:80"; });
  EXPECT_EQ(news.query.name, "cart.test");
}

TEST_F(ResolverTest, TellsOfFailuresAndOfTheirEnd) {
  server_.set("cart.test", DnsServer::kA, {DnsServer::a("127.0.0.2", 0)});
  resolver_->set_queries({query_for("cart.test")});
  EXPECT_TRUE(next().answer.has_value());

  server_.fail_with(DnsServer::kServerFailure);
  next_that([](const ResolverNews& news) { return !news.answer.has_value(); });
  server_.fail_with(0);
  next_that([](const ResolverNews& news) { return news.answer.has_value(); });
}

TEST_F(ResolverTest, AsksOnlyForWhatIsStillWanted) {
  server_.set("old.test", DnsServer::kA, {DnsServer::a("127.0.0.2", 0)});
  server_.set("new.test", DnsServer::kA, {DnsServer::a("127.0.0.3", 0)});
  resolver_->set_queries({query_for("old.test")});
  EXPECT_EQ(next().query.name, "old.test");

  resolver_->set_queries({query_for("new.test")});
  next_that([](const ResolverNews& news) { return news.query.name == "new.test"; });

  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(next().query.name, "new.test");
  }
}

TEST_F(ResolverTest, OneNameOfSeveralClustersIsAskedForOnce) {
  server_.set("cart.test", DnsServer::kA, {DnsServer::a("127.0.0.2")});
  server_.set("last.test", DnsServer::kA, {DnsServer::a("127.0.0.3")});

  resolver_->set_queries(
      {query_for("cart.test", 1h), query_for("cart.test", 1h), query_for("last.test", 1h)});

  EXPECT_EQ(next().query.name, "cart.test");
  EXPECT_EQ(next().query.name, "last.test");
}

TEST_F(ResolverTest, ANameThatStaysKeepsItsTime) {
  server_.set("cart.test", DnsServer::kA, {DnsServer::a("127.0.0.2")});
  server_.set("new.test", DnsServer::kA, {DnsServer::a("127.0.0.3")});
  resolver_->set_queries({query_for("cart.test", 1h)});
  EXPECT_EQ(next().query.name, "cart.test");

  resolver_->set_queries({query_for("cart.test", 1h), query_for("new.test", 1h)});

  EXPECT_EQ(next().query.name, "new.test") << "cart.test is not asked for again";
}

TEST_F(ResolverTest, EndsAtOnceAlthoughTheNameServerIsSilent) {
  server_.set("cart.test", DnsServer::kA, {DnsServer::a("127.0.0.2", 0)});
  resolver_->set_queries({query_for("cart.test")});
  (void)next();

  server_.fall_silent();
  resolver_.reset();

  SUCCEED() << "without waiting for the time-out, and without news afterwards";
}

TEST(RefreshDelayTest, KeepsTheTimeToLiveWithinItsBounds) {
  DnsCluster query = query_for("a.test");
  query.min_refresh = 2s;
  query.max_refresh = 60s;

  EXPECT_EQ(refresh_delay(query, 30s, 0), 30s);
  EXPECT_EQ(refresh_delay(query, 0s, 0), 2s);
  EXPECT_EQ(refresh_delay(query, 1h, 0), 60s);
}

TEST(RefreshDelayTest, BacksOffAfterFailures) {
  DnsCluster query = query_for("a.test");
  query.min_refresh = 2s;
  query.max_refresh = 15s;

  EXPECT_EQ(refresh_delay(query, 0s, 1), 2s);
  EXPECT_EQ(refresh_delay(query, 0s, 2), 4s);
  EXPECT_EQ(refresh_delay(query, 0s, 3), 8s);
  EXPECT_EQ(refresh_delay(query, 0s, 4), 15s);
  EXPECT_EQ(refresh_delay(query, 0s, 30), 15s);
}

TEST(RefreshDelayTest, IsNeverNothing) {
  DnsCluster query = query_for("a.test");
  query.min_refresh = query.max_refresh = 0s;

  EXPECT_EQ(refresh_delay(query, 0s, 0), 1ms);
  EXPECT_EQ(refresh_delay(query, 0s, 9), 1ms);
}

}  // namespace
}  // namespace shaketable::proxy::live
