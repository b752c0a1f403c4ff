#include "gui/find/find_expression.h"

#include <random>

#include <gtest/gtest.h>

namespace shaketable::gui {
namespace {

class FindExpressionTest : public testing::Test {
 protected:
  FindExpressionTest() {
    mesh_.zones = {"eu-a", "eu-b"};
    add("gateway", "edge", "envoy", 2);
    add("payment-v1", "shop", "go", 1);
    add("stock", "shop", "gunicorn", 3);
    add("erp", "legacy", "threads", 1);
    mesh_.services[0].entry = true;
    mesh_.services[3].sidecar = false;
    shape_.services = 4;
    shape_.edges = {{0, 1}, {0, 2}, {2, 3}};
    look_.nodes.resize(4);
    look_.edges.resize(3);
    for (std::size_t i = 0; i < 4; ++i) {
      look_.nodes[i] = {.health = NodeHealth::kHealthy,
                        .has_run = true,
                        .rate = 50.0 * static_cast<double>(i + 1),
                        .error_share = 0,
                        .p50_us = 2'000,
                        .p99_us = 40'000};
    }
    look_.nodes[2].health = NodeHealth::kFailing;
    look_.nodes[2].error_share = 0.4;
    look_.edges[2].circuit_open = true;
  }

  void add(const char* name, const char* space, const char* runtime, std::uint32_t instances) {
    engine::Service service;
    service.name = name;
    service.kube_namespace = space;
    engine::Version version;
    version.instances = instances;
    version.runtime.name = runtime;
    service.versions.push_back(version);
    mesh_.services.push_back(service);
  }

  /// Names of what is found, joined; or the mistake.
  std::string found(std::string_view text, bool has_run = true) {
    FindMistake mistake;
    const auto expression = FindExpression::parse(text, mistake);
    if (!expression) {
      return "at " + std::to_string(mistake.at) + ": " + mistake.message + " [" + mistake.expected +
             "]";
    }
    const auto all = expression->find({mesh_, shape_, has_run ? &look_ : nullptr});
    std::string names;
    for (std::size_t s = 0; s < all.size(); ++s) {
      if (all[s]) {
        names += (names.empty() ? "" : " ") + mesh_.services[s].name;
      }
    }
    return names;
  }

  engine::Mesh mesh_;
  MeshShape shape_;
  MeshLook look_;
};

TEST_F(FindExpressionTest, AWordIsAPartOfANameOrAState) {
  EXPECT_EQ(found("pay"), "payment-v1");
  EXPECT_EQ(found("PAY*v?"), "") << "only * is special";
  EXPECT_EQ(found("p*t-v1"), "payment-v1");
  EXPECT_EQ(found("failing"), "stock");
  EXPECT_EQ(found("entry"), "gateway");
  EXPECT_EQ(found("outside"), "erp");
  EXPECT_EQ(found("open"), "stock erp");
  EXPECT_EQ(found(""), "gateway payment-v1 stock erp");
}

TEST_F(FindExpressionTest, FiguresAreComparedWithTheirUnits) {
  EXPECT_EQ(found("rps > 100"), "stock erp");
  EXPECT_EQ(found("rps>=100/s"), "payment-v1 stock erp");
  EXPECT_EQ(found("errors > 5%"), "stock");
  EXPECT_EQ(found("p99 >= 40ms and p50 < 0.003s"), "gateway payment-v1 stock erp");
  EXPECT_EQ(found("instances = 3"), "stock");
  EXPECT_EQ(found("callers = 0"), "gateway");
  EXPECT_EQ(found("calls != 0"), "gateway stock");
}

TEST_F(FindExpressionTest, WordsBindAsPeopleReadThem) {
  EXPECT_EQ(found("rps > 100 and zone = eu-b"), "stock");
  EXPECT_EQ(found("zone = eu-b"), "gateway stock");
  EXPECT_EQ(found("namespace = shop stock"), "stock");
  EXPECT_EQ(found("namespace = edge or namespace = shop and stock"), "gateway stock");
  EXPECT_EQ(found("(namespace = edge or namespace = shop) and not stock"), "gateway payment-v1");
  EXPECT_EQ(found("!entry && !(runtime = go || outside)"), "stock");
  EXPECT_EQ(found("name ~ 'ment-'"), "payment-v1");
  EXPECT_EQ(found("namespace != shop"), "gateway erp");
  EXPECT_EQ(found("state = healthy version = v1"), "gateway payment-v1 erp");
}

TEST_F(FindExpressionTest, NearIsWhoCallsAndWhoIsCalled) {
  EXPECT_EQ(found("near(erp)"), "stock erp");
  EXPECT_EQ(found("near(erp, 2)"), "gateway stock erp");
  EXPECT_EQ(found("near(erp, 0)"), "erp");
  EXPECT_EQ(found("near(erp, 3) and not near(stock, 0)"), "gateway payment-v1 erp");
}

TEST_F(FindExpressionTest, BeforeARunFiguresEqualNothing) {
  EXPECT_EQ(found("rps < 1000000", false), "");
  EXPECT_EQ(found("state = 'no data'", false), "gateway payment-v1 stock erp");
  EXPECT_EQ(found("stock", false), "stock");
}

TEST_F(FindExpressionTest, AMistakeHasAPlaceAndAnExpectation) {
  EXPECT_EQ(found("rsp > 5"), "at 0: services have no \"rsp\" [rps]");
  EXPECT_EQ(found("rps > many"), "at 6: no value of rps [a rate such as 100 or 100/s]");
  EXPECT_EQ(found("p99 > 5%"), "at 6: no value of p99 [a time such as 250ms]");
  EXPECT_EQ(found("zone > eu"), "at 5: texts are not compared by size [=, != or ~]");
  EXPECT_EQ(found("rps ~ 5"), "at 4: numbers contain nothing [=, !=, <, <=, > or >=]");
  EXPECT_EQ(found("(a or b"), "at 7: a parenthesis that does not end [)]");
  EXPECT_EQ(found("a )"), "at 2: there is more than an expression [and, or, or nothing]");
  EXPECT_EQ(found("a and"),
            "at 5: something to find is missing [a name, or a comparison such as "
            "rps > 100]");
  EXPECT_EQ(found("'abc"), "at 0: a quote that does not end [']");
  EXPECT_EQ(found("rps <> 5"), "at 4: no comparison [=, !=, <, <=, >, >= or ~]");
  EXPECT_EQ(found(std::string(300, '(')),
            "at 100: the expression is nested too deeply [at most 100 levels]");
  EXPECT_EQ(found(std::string(300, '!') + "a").substr(0, 3), "at ");
}

TEST_F(FindExpressionTest, AnyTextIsAnExpressionOrAMistake) {
  constexpr std::string_view kPieces[] = {"rps",  ">",  "100", "and", "or", "not", "(",    ")",
                                          "near", ",",  "'",   "\"",  "~",  "*",   "zone", "=",
                                          "eu-a", "5%", "!",   "&&",  " ",  "\xc3"};
  std::minstd_rand random(11);  // NOLINT(cert-msc51-cpp): the same texts each time.
  std::size_t understood = 0;
  for (int i = 0; i < 4'000; ++i) {
    std::string text;
    for (std::size_t n = random() % 9; n > 0; --n) {
      text += kPieces[random() % std::size(kPieces)];
      text += random() % 2 == 0 ? " " : "";
    }
    FindMistake mistake;
    const auto expression = FindExpression::parse(text, mistake);
    if (expression) {
      EXPECT_EQ(expression->find({mesh_, shape_, &look_}).size(), 4) << text;
      ++understood;
    } else {
      EXPECT_LE(mistake.at, text.size()) << text;
      EXPECT_FALSE(mistake.message.empty()) << text;
    }
  }
  EXPECT_GT(understood, 400);
}

}  // namespace
}  // namespace shaketable::gui
