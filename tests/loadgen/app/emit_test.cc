#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/formats/document.h"
#include "loadgen/app/kubernetes_job.h"
#include "tests/loadgen/app/load_said.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::loadgen::app {
namespace {

using engine::ExitCode;

/// The documents of a manifest, as YAML has them.
std::vector<engine::Document> documents_of(const std::string& text) {
  engine::Diagnostics diagnostics;
  auto documents = engine::parse_documents("emitted.yaml", text, diagnostics,
                                           {.several_documents = true, .limits = {}});
  EXPECT_TRUE(documents.has_value()) << engine::render(diagnostics, false) << text;
  return documents ? std::move(*documents) : std::vector<engine::Document>();
}

TEST(EmitTest, MakesAJobWhosePodsEachTakeTheirShare) {
  const LoadSaid said =
      load_said({"http://shop.test:8080/", "--rate", "100/s", "-d", "30s", "--yes", "-H",
                 "x-note: it's \"quoted\"", "--emit", "kubernetes", "--generators", "3", "--image",
                 "registry.test/load:1", "--start-at", "1900000000", "--html", "mine.html", "-v"});

  ASSERT_EQ(said.code, ExitCode::kPassed) << said.err;
  const auto documents = documents_of(said.out);
  ASSERT_EQ(documents.size(), 1U);
  const engine::Node& spec = *documents[0].root().find("spec");
  EXPECT_EQ(spec.find("completionMode")->text(), "Indexed");
  EXPECT_EQ(spec.find("completions")->text(), "3");
  EXPECT_EQ(spec.find("parallelism")->text(), "3");
  const engine::Node& container =
      *spec.find("template")->find("spec")->find("containers")->items().front();
  EXPECT_EQ(container.find("image")->text(), "registry.test/load:1");
  const std::string script(container.find("command")->items().back()->text());
  EXPECT_NE(script.find("--shard $((JOB_COMPLETION_INDEX + 1))/3"), std::string::npos) << script;
  EXPECT_NE(script.find("--start-at 1900000000"), std::string::npos) << script;
  EXPECT_NE(script.find("--rate 100/s"), std::string::npos) << script;
  EXPECT_NE(script.find("'x-note: it'\\''s \"quoted\"'"), std::string::npos) << script;
  for (const char* mine : {"--emit", "--generators", "--image", "mine.html", " -v "}) {
    EXPECT_EQ(script.find(mine), std::string::npos) << script;
  }
}

TEST(EmitTest, PutsTheLoadFileIntoAConfigMap) {
  const TemporaryFolder folder;
  const std::string text =
      "target: http://shop.test\n"
      "run: {duration: 10s}\n"
      "\n"
      "load:\n"
      "  users: {workers: 4, steps: [GET /]}\n";
  const std::string file = folder.write("shop.yaml", text);

  const LoadSaid said = load_said({file, "--emit", "kubernetes", "--start-at", "1900000000"});

  ASSERT_EQ(said.code, ExitCode::kPassed) << said.err;
  const auto documents = documents_of(said.out);
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[0].root().find("data")->find("shop.yaml")->text(), text);
  const engine::Node& pod = *documents[1].root().find("spec")->find("template")->find("spec");
  const std::string script(
      pod.find("containers")->items().front()->find("command")->items().back()->text());
  EXPECT_NE(script.find(" /load/shop.yaml "), std::string::npos) << script;
  EXPECT_NE(pod.find("volumes"), nullptr);
}

TEST(EmitTest, HoldsFilesThatNoBlockOfYamlCanHold) {
  for (const std::string& text :
       {std::string("a: 1\r\nb: 2\r\n"), std::string("\ta: \"x\"\n"), std::string("  - 1\n")}) {
    const KubernetesJob job{
        .arguments = {"l.yaml"}, .image = "i", .start_at = 1, .file = "l.yaml", .file_text = text};

    const auto documents = documents_of(kubernetes_text(job));

    ASSERT_EQ(documents.size(), 2U);
    EXPECT_EQ(documents[0].root().find("data")->find("l.yaml")->text(), text);
  }
}

TEST(EmitTest, MakesAScriptForSlurmWhoseTasksEachTakeTheirShare) {
  const LoadSaid said = load_said({"http://shop.test:8080/", "-n", "100", "--data", "it's {}",
                                   "--emit", "slurm", "--generators", "3"});

  ASSERT_EQ(said.code, ExitCode::kPassed) << said.err;
  EXPECT_TRUE(said.out.starts_with("#!/bin/sh\n#SBATCH ")) << said.out;
  for (const char* part : {"--ntasks=3 ", "--shard $((SLURM_PROCID + 1))/3", "START=$(($(date +%s)",
                           "\nexec shaketable-load merge "}) {
    EXPECT_TRUE(said.has_out(part)) << part << '\n' << said.out;
  }
}

TEST(EmitTest, MakesAScriptForParallelThatCarriesTheLoadFileAlong) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "shop.yaml",
      "target: http://shop.test\nload: {users: {workers: 2, max_runs: 1, request: GET /}}");

  const LoadSaid said =
      load_said({file, "--emit", "parallel", "--generators", "2", "--start-at", "1900000000"});

  ASSERT_EQ(said.code, ExitCode::kPassed) << said.err;
  for (const std::string& part : {std::string("start=1900000000\n"), "--basefile " + file,
                                  std::string("--shard \"$2/2\""), std::string("::: 1 2 :::")}) {
    EXPECT_TRUE(said.has_out(part)) << part << '\n' << said.out;
  }
}

TEST(EmitTest, AnAgreedMomentIsCountedFromWhenTheScriptBegins) {
  for (const char* kind : {"slurm", "parallel"}) {
    const LoadSaid said =
        load_said({"http://shop.test/", "-n", "10", "--emit", kind, "--start-at", "+90s"});

    ASSERT_EQ(said.code, ExitCode::kPassed) << said.err;
    EXPECT_TRUE(said.has_out("=$(($(date +%s) + 90))\n")) << said.out;
  }
}

TEST(EmitTest, AManifestSaysWhenItsPodsBeginAndHowToMoveThat) {
  const LoadSaid said = load_said(
      {"http://shop.test/", "-n", "10", "--emit", "kubernetes", "--start-at", "1900000000"});

  ASSERT_EQ(said.code, ExitCode::kPassed) << said.err;
  EXPECT_TRUE(said.has_out("Unix time 1900000000 (2030-03-17 17:46:40 UTC)")) << said.out;
  EXPECT_TRUE(said.has_out("sed \"s/--start-at 1900000000/--start-at $(($(date +%s) + 120))/\""))
      << said.out;
}

TEST(EmitTest, FindsMistakesBeforeTheClusterDoes) {
  const TemporaryFolder folder;
  const std::string bad = folder.write("bad.yaml", "load:\n  users: {workrs: 4}\n");
  const std::string config =
      folder.write("molotov.json", R"({"molotov": {"tests": {"test": {"workers": 1}}}})");
  const std::string ten = "10";
  const std::vector<std::vector<std::string>> cases = {
      {bad, "--emit", "kubernetes"},
      {bad, "--emit", "slurm"},
      {"http://shop.test/", "--emit", "parallel", "--start-at", "tomorrow", "-n", ten},
      {"http://shop.test/", "--emit", "kubernetes", "--start-at", "tomorrow", "-n", ten},
      {"http://shop.test/", "--emit", "kubernetes", "--generators", "0", "-n", ten},
      {"http://shop.test/", "--emit", "load-file", "-n", ten},
      {"http://shop.test/", "--emit", "helm", "-n", ten},
      {"--config", config, "http://shop.test/", "--emit", "kubernetes"},
  };
  for (const auto& arguments : cases) {
    const LoadSaid said = load_said(arguments);
    EXPECT_EQ(said.code, ExitCode::kUsage) << arguments[2];
    EXPECT_NE(said.err, "");
    EXPECT_EQ(said.out, "");
  }
}

}  // namespace
}  // namespace shaketable::loadgen::app
