#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "proxy/app/proxy_spec.h"

namespace shaketable::proxy::app {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// All references below a value.
void collect_references(const boost::json::value& value, std::set<std::string>& references) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, inner] : *object) {
      if (key == "$ref") {
        references.insert(std::string(inner.as_string()));
      }
      collect_references(inner, references);
    }
  } else if (const auto* array = value.if_array()) {
    for (const auto& inner : *array) {
      collect_references(inner, references);
    }
  }
}

TEST(ProxySchemaTest, IsWhatIsPublished) {
  const std::string path = "scenarios/proxy.schema.json";
  if (std::getenv("SHAKETABLE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << proxy_schema_json();
  }

  EXPECT_EQ(proxy_schema_json(), text_of(path)) << "SHAKETABLE_UPDATE_GOLDEN=1 writes it anew";
}

TEST(ProxySchemaTest, DefinesEverythingItRefersToAndNothingElse) {
  const boost::json::value schema = boost::json::parse(proxy_schema_json());
  std::set<std::string> references;
  collect_references(schema, references);

  std::set<std::string> definitions;
  for (const auto& [key, value] : schema.at("definitions").as_object()) {
    definitions.insert("#/definitions/" + std::string(key));
  }
  EXPECT_EQ(references, definitions);
}

// Clusters and routes are read by the readers of scenario files: both tables must say the same.
TEST(ProxySchemaTest, MeansTheSameAsScenarioFilesByTheSameWords) {
  std::size_t shared = 0;
  for (const engine::KeySpec& key : engine::spec::kDestination.keys) {
    if (const engine::KeySpec* own = engine::find_key(spec::kDefaults, key.key)) {
      EXPECT_EQ(own->type, key.type) << key.key;
      EXPECT_EQ(own->fallback, key.fallback) << key.key;
      ++shared;
    }
  }
  EXPECT_EQ(shared, 13U);
  for (const char* key :
       {"match", "rewrite", "redirect", "direct_response", "timeout", "retries"}) {
    EXPECT_EQ(engine::find_key(spec::kRoute, key)->type,
              engine::find_key(engine::spec::kRoute, key)->type);
  }
}

// The reader's own view of these files is in ProxyFileMistakesTest and ProxyFileTest.
TEST(ProxySchemaTest, AgreesWithTheReaderAboutExamplesAndMistakes) {
  if (std::system("python3 -c 'import jsonschema, yaml' 2>/dev/null") != 0) {
    GTEST_SKIP() << "needs python3-jsonschema and python3-yaml";
  }

  EXPECT_EQ(std::system("python3 tests/tools/check_schema.py scenarios/proxy.schema.json "
                        "proxy/examples tests/golden/proxy_mistakes"),
            0);
}

}  // namespace
}  // namespace shaketable::proxy::app
