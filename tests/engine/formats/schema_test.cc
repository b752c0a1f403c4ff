#include "engine/formats/schema.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "engine/formats/schema_spec.h"
#include "engine/formats/schema_words.h"

namespace shaketable::engine {
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

TEST(SchemaTest, IsWhatIsPublished) {
  const std::string path = "scenarios/schema.json";
  if (std::getenv("SHAKETABLE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << schema_json();
  }

  EXPECT_EQ(schema_json(), text_of(path)) << "SHAKETABLE_UPDATE_GOLDEN=1 writes it anew";
}

TEST(SchemaTest, DefinesEverythingItRefersToAndNothingElse) {
  const boost::json::value schema = boost::json::parse(schema_json());
  std::set<std::string> references;
  collect_references(schema, references);

  std::set<std::string> definitions;
  for (const auto& [key, value] : schema.at("definitions").as_object()) {
    definitions.insert("#/definitions/" + std::string(key));
  }
  EXPECT_EQ(references, definitions);
}

TEST(SchemaTest, SaysSomethingAboutEveryKey) {
  for (const ObjectSpec* object : object_specs()) {
    std::set<std::string_view> keys;
    for (const KeySpec& key : object->keys) {
      EXPECT_FALSE(key.doc.empty()) << object->name << '.' << key.key;
      EXPECT_TRUE(keys.insert(key.key).second) << object->name << '.' << key.key << " twice";
    }
    EXPECT_EQ(find_object(object->name), object);
  }
}

TEST(SchemaTest, NamesTheRuntimesOfTheLoader) {
  ASSERT_EQ(spec::kRuntime.keys.size(), std::size(words::kRuntime));
  for (std::size_t i = 0; i < spec::kRuntime.keys.size(); ++i) {
    EXPECT_EQ(spec::kRuntime.keys[i].key, words::kRuntime[i].word);
  }
}

// The loader's own view of these files is in ScenarioMistakesTest and in the tests of scenarios.
TEST(SchemaTest, AgreesWithTheLoaderAboutShippedFilesAndMistakes) {
  if (std::system("python3 -c 'import jsonschema, yaml' 2>/dev/null") != 0) {
    GTEST_SKIP() << "needs python3-jsonschema and python3-yaml";
  }

  EXPECT_EQ(std::system("python3 tests/tools/check_schema.py scenarios/schema.json scenarios "
                        "tests/golden/scenario_mistakes"),
            0);
}

}  // namespace
}  // namespace shaketable::engine
