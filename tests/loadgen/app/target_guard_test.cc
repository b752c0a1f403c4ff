#include "loadgen/app/target_guard.h"

#include <string>

#include <gtest/gtest.h>

#include "engine/formats/load_file.h"

namespace shaketable::loadgen::app {
namespace {

/// What is said about a load whose names are known; nothing is sent.
class TargetGuardTest : public testing::Test {
 protected:
  TargetGuardTest() {
    names_.set("near.test", {"127.0.0.1", "127.0.0.2"});
    names_.set("far.test", {"192.0.2.1"});
    names_.set("both.test", {"127.0.0.1", "192.0.2.2"});
  }
  proxy::Result<TargetCheck> check(const std::string& target, const std::string& load,
                                   bool yes = false) {
    engine::Diagnostics diagnostics;
    const auto file =
        engine::parse_load_file("l.yaml", "load: {a: {" + load + "}}", {}, diagnostics);
    EXPECT_TRUE(file.has_value()) << engine::render(diagnostics, false);
    options_.target = *live::parse_target(target);
    return check_target(file.value_or(LoadFile()), options_, yes, names_);
  }

  live::NameService names_;
  live::LiveRunOptions options_;
};

TEST_F(TargetGuardTest, ThisMachineIsNoMatter) {
  for (const char* target : {"http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost:1/",
                             "http://near.test/", "unix:/tmp/x.sock"}) {
    const auto it = check(target, "rate: 5000/s, request: GET /");
    ASSERT_TRUE(it.has_value()) << it.error().message;
    EXPECT_TRUE(it->is_local) << target;
    EXPECT_EQ(it->sentence, "");
  }
}

TEST_F(TargetGuardTest, AnotherMachineIsToldAndAsksForYesAboveALimit) {
  const auto little = check("http://far.test/", "rate: 1000/s, request: GET /");
  ASSERT_TRUE(little.has_value());
  EXPECT_FALSE(little->is_local);
  EXPECT_EQ(little->sentence,
            "puts up to 1,000 runs/s on far.test (192.0.2.1:80), which is not this machine");

  EXPECT_FALSE(check("http://far.test/", "rate: 1001/s, request: GET /").has_value());
  EXPECT_FALSE(check("http://both.test/", "rate: 1001/s, request: GET /").has_value());
  EXPECT_TRUE(check("http://far.test/", "rate: 1001/s, request: GET /", true).has_value());
}

TEST_F(TargetGuardTest, RequestsMayLeadToOtherMachines) {
  const std::string load = "rate: 2000/s, steps: [GET /, \"GET https://far.test/x\"]";

  const auto it = check("http://near.test/", load);

  ASSERT_FALSE(it.has_value());
  EXPECT_NE(it.error().message.find("on far.test (192.0.2.1:443), which is not"), std::string::npos)
      << it.error().message;
  EXPECT_TRUE(check("http://near.test/", load, true).has_value());
}

TEST_F(TargetGuardTest, AProxyOfThisMachineDoesNotMakeTheTargetNear) {
  options_.transport.proxy_address = "127.0.0.1:3128";

  const auto far = check("http://somewhere.test/", "workers: 3, steps: [GET /]");
  ASSERT_TRUE(far.has_value()) << "nobody looks the name up: " << far.error().message;
  EXPECT_EQ(far->sentence, "puts 3 workers on somewhere.test, which is not this machine");
  EXPECT_FALSE(check("http://somewhere.test/", "rate: 2000/s, request: GET /").has_value());
  EXPECT_TRUE(check("http://127.0.0.1:8080/", "rate: 2000/s, request: GET /")->is_local);

  options_.transport.proxy_address = "far.test:3128";
  EXPECT_FALSE(check("http://127.0.0.1:8080/", "rate: 2000/s, request: GET /").has_value());
}

}  // namespace
}  // namespace shaketable::loadgen::app
