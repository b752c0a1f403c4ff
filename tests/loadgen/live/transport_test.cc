#include "loadgen/live/transport.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/live/target_url.h"
#include "tests/loadgen/live/test_server.h"

namespace shaketable::loadgen::live {
namespace {

/// A transport with its loop, and requests to send.
class TransportTest : public testing::Test {
 protected:
  struct Call : Exchange {
    proxy::http::RequestMessage message;
  };

  void use(TransportConfig config) {
    config.connect_timeout = std::chrono::seconds(60);
    transport_ = std::make_unique<Transport>(loop_, names_, config);
  }
  Transport& transport() {
    if (transport_ == nullptr) {
      use({});
    }
    return *transport_;
  }
  std::unique_ptr<Call> call(const std::string& url, const std::string& method = "GET") {
    const auto target = parse_target(url);
    EXPECT_TRUE(target.has_value()) << url;
    auto made = std::make_unique<Call>();
    made->origin = *transport().add_origin(target->origin);
    made->message.method = method;
    made->message.authority = target->origin.authority();
    made->message.path = target->path.empty() ? "/" : target->path;
    made->request = &made->message;
    made->wants_body = made->wants_headers = true;
    made->timeout = std::chrono::seconds(60);
    return made;
  }
  void wait_for(Exchange& exchange) {
    while (!exchange.is_over) {
      transport().turn();
      while (transport().take_done() != nullptr) {
      }
      if (!exchange.is_over) {
        transport().flush();
        loop_.wait(transport().next_deadline());
      }
    }
    while (transport().take_done() != nullptr) {  // The caller may end the exchange.
    }
    transport().flush();
  }
  std::unique_ptr<Call> get(const std::string& url) {
    auto made = call(url);
    transport().start(*made);
    wait_for(*made);
    return made;
  }

  EventLoop loop_;
  NameService names_;
  std::unique_ptr<Transport> transport_;
};

TEST_F(TransportTest, BringsAResponseBack) {
  TestServer server(TestServer::answers(201, "hello"));

  const auto done = get(server.url() + "/a");

  EXPECT_EQ(done->failure, Failure::kNone);
  EXPECT_EQ(done->status, 201);
  EXPECT_EQ(done->content, "hello");
  EXPECT_EQ(done->headers.find("content-length"), "5");
  EXPECT_GE(done->done, done->head_at);
  EXPECT_GE(done->head_at, done->sent);
}

TEST_F(TransportTest, UsesAConnectionAgain) {
  TestServer server(TestServer::answers(200, "x"));

  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(get(server.url())->status, 200);
  }

  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(transport().counters().connections, 1U);
}

TEST_F(TransportTest, OpensANewConnectionForEachRequestWhenToldTo) {
  TestServer server(TestServer::answers(200, "x"));
  use({.reuse = Reuse::kNever});

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(get(server.url())->status, 200);
  }

  EXPECT_EQ(server.connections(), 3U);
}

TEST_F(TransportTest, WearsAConnectionOutAfterSoManyRequests) {
  TestServer server(TestServer::answers(200, "x"));
  use({.max_requests = 2});

  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(get(server.url())->status, 200);
  }

  EXPECT_EQ(server.connections(), 3U);
}

TEST_F(TransportTest, KeepsConnectionsOfSessionsApartAndClosesThem) {
  TestServer server(TestServer::answers(200, "x"));
  use({.reuse = Reuse::kSession});
  ConnectionOwner one;
  ConnectionOwner two;
  for (ConnectionOwner* owner : {&one, &two, &one, &two}) {
    auto made = call(server.url());
    made->owner = owner;
    transport().start(*made);
    wait_for(*made);
    EXPECT_EQ(made->status, 200);
  }
  EXPECT_EQ(server.connections(), 2U);
  EXPECT_EQ(transport().open_connections(), 2U);

  transport().release(one);

  EXPECT_EQ(transport().open_connections(), 1U);
  EXPECT_TRUE(one.connections.empty());
}

TEST_F(TransportTest, LetsRequestsWaitForAConnectionWhenTheirNumberIsLimited) {
  TestServer server(TestServer::answers(200, "x"));
  use({.connections = 2});
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 7; ++i) {
    calls.push_back(call(server.url()));
    transport().start(*calls.back());
  }

  for (const auto& each : calls) {
    wait_for(*each);
    EXPECT_EQ(each->status, 200);
  }

  EXPECT_LE(server.connections(), 2U);
  EXPECT_EQ(transport().in_flight(), 0U);
}

TEST_F(TransportTest, CountsThoseWhoWaitBecauseNoMoreConnectionsAreAllowed) {
  TestServer server(TestServer::answers(200, "x"));
  use({.connections = 1});
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 5; ++i) {
    calls.push_back(call(server.url()));
    transport().start(*calls.back());
  }
  transport().cancel(*calls[2], Failure::kCancelled);

  for (const auto& each : calls) {
    wait_for(*each);
    EXPECT_EQ(each->status, each == calls[2] ? 0 : 200);
  }

  EXPECT_EQ(transport().counters().held, 4U);
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(TransportTest, DoesNotMeetAServerWithThousandsOfConnectionsAtOnce) {
  TestServer server(TestServer::answers(200, "x"));
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 2'000; ++i) {
    calls.push_back(call(server.url()));
    transport().start(*calls.back());
  }
  EXPECT_LE(transport().open_connections(), 128U);
  EXPECT_EQ(transport().in_flight(), 2'000U);

  for (const auto& each : calls) {
    wait_for(*each);
    EXPECT_EQ(each->status, 200);
  }
}

TEST_F(TransportTest, AsksAPortThatRefusesNowAndThenAndTellsAllWhoWait) {
  const ClosedPort closed;
  const std::string url = "http://127.0.0.1:" + std::to_string(closed.port());
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 2'000; ++i) {
    calls.push_back(call(url));
    transport().start(*calls.back());
  }

  for (const auto& each : calls) {
    wait_for(*each);
    EXPECT_EQ(each->failure, Failure::kConnectRefused);
  }

  EXPECT_LT(transport().counters().failed_connections, 500U);
  EXPECT_EQ(transport().in_flight(), 0U);
}

TEST_F(TransportTest, RestsLongerAndLongerWhenItIsRefusedAgainAndAgain) {
  const ClosedPort closed;
  const std::string url = "http://127.0.0.1:" + std::to_string(closed.port());
  const proxy::Instant began = loop_.refresh();

  for (int i = 0; i < 13; ++i) {
    EXPECT_EQ(get(url)->failure, Failure::kConnectRefused);
  }

  // After eight attempts: 1, 2, 4, 8 and 16 ms.
  EXPECT_GE(loop_.refresh() - began, std::chrono::milliseconds(31));
}

TEST_F(TransportTest, TellsARefusedConnection) {
  const ClosedPort closed;

  const auto done = get("http://127.0.0.1:" + std::to_string(closed.port()));

  EXPECT_EQ(done->failure, Failure::kConnectRefused);
  EXPECT_EQ(done->status, 0);
}

TEST_F(TransportTest, TellsAReset) {
  TestServer server([](TestServer::Peer& peer) {
    peer.read_request();
    peer.reset();
  });

  EXPECT_EQ(get(server.url())->failure, Failure::kReset);
}

TEST_F(TransportTest, TellsAConnectionThatEndsWithinAResponse) {
  TestServer server([](TestServer::Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345");
  });

  const auto done = get(server.url());

  EXPECT_EQ(done->failure, Failure::kClosed);
  EXPECT_EQ(done->status, 200);
}

TEST_F(TransportTest, TakesTheEndOfAConnectionForTheEndOfABodyWithoutLength) {
  TestServer server([](TestServer::Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n\r\nall of it");
  });

  const auto done = get(server.url());

  EXPECT_EQ(done->failure, Failure::kNone);
  EXPECT_EQ(done->content, "all of it");
}

TEST_F(TransportTest, TellsGarbage) {
  TestServer server([](TestServer::Peer& peer) {
    peer.read_request();
    peer.write("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    peer.read_some();
  });

  EXPECT_EQ(get(server.url())->failure, Failure::kProtocol);
}

TEST_F(TransportTest, GivesUpAServerThatNeverAnswers) {
  TestServer server([](TestServer::Peer& peer) {
    while (!peer.read_some().empty()) {
    }
  });
  auto slow = call(server.url());
  slow->timeout = std::chrono::milliseconds(20);
  transport().start(*slow);
  wait_for(*slow);

  EXPECT_EQ(slow->failure, Failure::kTimeout);
  EXPECT_GE(slow->done - slow->started, std::chrono::milliseconds(20));
  EXPECT_EQ(transport().open_connections(), 0U) << "its answer must not become another one's";
}

TEST_F(TransportTest, GivesUpAServerThatFallsSilent) {
  TestServer server([](TestServer::Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345");
    while (!peer.read_some().empty()) {
    }
  });
  use({.idle_timeout = std::chrono::milliseconds(20)});

  EXPECT_EQ(get(server.url())->failure, Failure::kIdleTimeout);
}

TEST_F(TransportTest, GivesUpAServerThatSendsWithoutEnd) {
  TestServer server([](TestServer::Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.write(std::string(10'000, 'x'))) {
    }
  });
  use({.max_body_bytes = 1'000'000});

  const auto done = get(server.url());

  EXPECT_EQ(done->failure, Failure::kBodyTooLarge);
  EXPECT_LE(done->content.size(), 1'000'000U);
}

TEST_F(TransportTest, GivesUpAHeadWithoutEnd) {
  TestServer server([](TestServer::Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n");
    while (peer.write("x-more: " + std::string(1'000, 'x') + "\r\n")) {
    }
  });

  EXPECT_EQ(get(server.url())->failure, Failure::kHeadTooLarge);
}

TEST_F(TransportTest, RefusesRequestsThatCannotBeWritten) {
  TestServer server(TestServer::answers(200, "x"));
  auto bad = call(server.url());
  bad->message.path = "/a b";
  transport().start(*bad);
  wait_for(*bad);

  EXPECT_EQ(bad->failure, Failure::kUnsendable);
  EXPECT_EQ(get(server.url())->status, 200) << "the connection is still good";
}

TEST_F(TransportTest, SendsARequestAgainThatAnOldConnectionWasClosedUnder) {
  TestServer server([](TestServer::Peer& peer) {
    peer.read_request();
    peer.write(TestServer::response(200, "x"));
    peer.read_request();  // and goes without an answer
  });
  EXPECT_EQ(get(server.url())->status, 200);
  auto second = call(server.url());
  second->may_repeat = true;
  transport().start(*second);
  wait_for(*second);

  EXPECT_EQ(second->status, 200);
  EXPECT_EQ(transport().counters().repeated, 1U);
}

TEST_F(TransportTest, CancelsWhatIsUnderWay) {
  TestServer server([](TestServer::Peer& peer) {
    while (!peer.read_some().empty()) {
    }
  });
  auto made = call(server.url());
  transport().start(*made);
  transport().cancel(*made, Failure::kCancelled);
  wait_for(*made);

  EXPECT_EQ(made->failure, Failure::kCancelled);
  EXPECT_EQ(transport().in_flight(), 0U);
}

TEST_F(TransportTest, UsesTheAddressesThatWereSetForAName) {
  names_.set("shop.test", {"127.0.0.1"});
  TestServer server(TestServer::answers(200, "x"));

  EXPECT_EQ(get("http://SHOP.test:" + std::to_string(server.port()))->status, 200);
}

TEST_F(TransportTest, ReachesAServerThroughAnHttpProxyByConnect) {
  TestServer proxy([](TestServer::Peer& peer) {
    if (peer.read_request() && peer.head().starts_with("CONNECT 127.0.0.1:1 HTTP/1.1\r\n")) {
      peer.write("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    }
  });
  use({.proxy_address = "127.0.0.1:" + std::to_string(proxy.port())});

  EXPECT_EQ(get("https://127.0.0.1:1/")->failure, Failure::kProxyRefused);
}

}  // namespace
}  // namespace shaketable::loadgen::live
