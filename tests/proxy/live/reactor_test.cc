#include "proxy/live/reactor.h"

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace shaketable::proxy::live {
namespace {

/// One end of a pair of sockets under the reactor's eye; the test holds the other end.
class End final : public Reactor::Events {
 public:
  explicit End(Reactor& reactor) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
      throw std::system_error(errno, std::system_category());
    }
    peer = pair[1];
    descriptor = Reactor::Descriptor(reactor, pair[0], *this);
  }
  ~End() {
    if (peer >= 0) {
      ::close(peer);
    }
  }

  void on_readable() override {
    ++reads;
    if (when_readable) {
      when_readable();
    }
  }
  void on_writable() override {
    ++writes;
    if (when_writable) {
      when_writable();
    }
  }
  void say(std::string_view text) const { (void)!::write(peer, text.data(), text.size()); }
  std::string take() const {
    std::string text(64, '\0');
    const ssize_t count = ::read(descriptor.fd(), text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

  Reactor::Descriptor descriptor;
  int peer = -1;
  int reads = 0;
  int writes = 0;
  std::function<void()> when_readable;
  std::function<void()> when_writable;
};

class ReactorTest : public testing::Test {
 protected:
  /// Runs until everything that was ready has been told: `turns` times around.
  void turn(int turns = 3) {
    if (turns > 0) {
      reactor.post([this, turns] { turn(turns - 1); });
    } else {
      reactor.stop();
    }
  }

  Reactor reactor;
};

TEST_F(ReactorTest, TellsOnceForEachWishAndAgainWhenSomethingIsLeft) {
  End end(reactor);
  end.say("ab");
  end.when_readable = [&] {
    if (end.reads < 3) {
      end.descriptor.want_read();  // without reading: it is still readable
    }
  };
  end.descriptor.want_read();
  end.descriptor.want_read();
  turn(10);
  reactor.run();

  EXPECT_EQ(end.reads, 3);
  EXPECT_EQ(end.writes, 0);
  EXPECT_EQ(end.take(), "ab");
}

TEST_F(ReactorTest, TellsNothingOfWhatNobodyWaitsFor) {
  End end(reactor);
  end.descriptor.want_read();
  end.when_readable = [&] { (void)end.take(); };
  end.say("first");
  turn();
  reactor.post([&] { end.say("second, which nobody has asked for"); });
  turn(10);
  reactor.run();

  EXPECT_EQ(end.reads, 1);
}

TEST_F(ReactorTest, AWishThatComesLaterIsToldOfWhatCameBefore) {
  End end(reactor);
  end.descriptor.want_read();
  end.when_readable = [&] {
    (void)end.take();
    if (end.reads == 1) {
      end.say("more");
      // Long enough for the reactor to notice that nobody waits.
      reactor.post(
          [&] { reactor.post([&] { reactor.post([&] { end.descriptor.want_read(); }); }); });
    } else {
      reactor.stop();
    }
  };
  end.say("first");
  reactor.run();

  EXPECT_EQ(end.reads, 2);
}

TEST_F(ReactorTest, TellsBothOfOneDescriptorWritableFirst) {
  End end(reactor);
  std::string order;
  end.when_writable = [&] { order += 'w'; };
  end.when_readable = [&] { order += 'r'; };
  end.say("x");
  end.descriptor.want_read();
  end.descriptor.want_write();
  turn();
  reactor.run();

  EXPECT_EQ(order, "wr");
}

TEST_F(ReactorTest, ADescriptorMayBeClosedInItsOwnCallAndInAnothers) {
  End first(reactor);
  End second(reactor);
  for (End* const end : {&first, &second}) {
    end->when_readable = [&] {
      first.descriptor.close();
      second.descriptor.close();
    };
    end->say("x");
    end->descriptor.want_read();
    end->descriptor.want_write();
    end->when_writable = end->when_readable;
  }
  turn();
  reactor.run();

  EXPECT_EQ(first.reads + first.writes + second.reads + second.writes, 1);
}

TEST_F(ReactorTest, ASlotThatIsUsedAgainGetsNoEventOfItsForerunner) {
  End old(reactor);
  End other(reactor);
  std::unique_ptr<End> young;
  other.when_readable = [&] {
    old.descriptor.close();
    young = std::make_unique<End>(reactor);
    young->descriptor.want_read();
  };
  old.when_readable = other.when_readable;
  for (End* const end : {&old, &other}) {
    end->say("x");
    end->descriptor.want_read();
  }
  turn();
  reactor.run();

  ASSERT_NE(young, nullptr);
  EXPECT_EQ(young->reads, 0);
}

TEST_F(ReactorTest, APeerThatGoesAwayIsReadableAndDoesNotSpin) {
  End end(reactor);
  ::close(std::exchange(end.peer, -1));
  end.descriptor.want_read();
  turn(10);
  reactor.run();

  EXPECT_EQ(end.reads, 1);
}

TEST_F(ReactorTest, AMoveKeepsTheWish) {
  End end(reactor);
  end.descriptor.want_read();
  Reactor::Descriptor moved = std::move(end.descriptor);
  end.say("x");
  turn();
  reactor.run();

  EXPECT_EQ(end.reads, 1);
  EXPECT_FALSE(end.descriptor.is_open());
  EXPECT_TRUE(moved.is_open());
}

TEST_F(ReactorTest, ACloseAlsoEndsTheWatchOfADuplicate) {
  End end(reactor);
  const int duplicate = ::dup(end.descriptor.fd());
  end.descriptor.want_read();
  end.descriptor.close();
  end.say("x");
  turn();
  reactor.run();
  ::close(duplicate);

  EXPECT_EQ(end.reads, 0);
}

TEST_F(ReactorTest, WakesAtTheEarliestWishAndNotBefore) {
  const Instant begin = reactor.now();
  const Instant wish = after(begin, std::chrono::milliseconds(5));
  Instant woken = kNever;
  reactor.set_wake([&] {
    woken = reactor.now();
    reactor.stop();
  });
  reactor.wake_at(after(begin, std::chrono::hours(1)));
  reactor.wake_at(wish);
  reactor.wake_at(after(begin, std::chrono::hours(2)));
  reactor.run();

  EXPECT_GE(woken, wish);
}

TEST_F(ReactorTest, RunsWhatOtherThreadsPostInTheirOrder) {
  std::string order;
  std::thread other([&] {
    for (char c = 'a'; c <= 'z'; ++c) {
      reactor.post([&order, c] { order += c; });
    }
    reactor.post([&] { reactor.stop(); });
  });
  reactor.run();
  other.join();

  EXPECT_EQ(order, "abcdefghijklmnopqrstuvwxyz");
}

TEST_F(ReactorTest, RunsNothingBehindTheStop) {
  bool has_run = false;
  reactor.post([&] { reactor.stop(); });
  reactor.post([&] { has_run = true; });
  reactor.run();

  EXPECT_FALSE(has_run);
}

TEST_F(ReactorTest, TellsOfSignalsOnItsThread) {
  int told = 0;
  reactor.on_signals({SIGUSR2}, [&](int number) {
    told = number;
    reactor.stop();
  });
  ::raise(SIGUSR2);
  reactor.run();

  EXPECT_EQ(told, SIGUSR2);
}

}  // namespace
}  // namespace shaketable::proxy::live
