#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/formats/mesh_loader.h"
#include "tests/engine/formats/istio_fixture.h"
#include "tests/support/shared_folder.h"

// The Bookinfo mesh of scenarios/ and Istio's own sample files against it. The files are no part of
// this tree: they lie in the shared folder beside it.
namespace shaketable::engine {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""s;

constexpr char kMesh[] = "scenarios/meshes/bookinfo.yaml";

class IstioBookinfoTest : public IstioTest {
 protected:
  void SetUp() override {
    Diagnostics diagnostics;
    std::optional<Mesh> mesh = load_mesh(kMesh, {}, diagnostics);
    ASSERT_TRUE(mesh) << render(diagnostics, false);
    mesh_ = std::move(*mesh);
  }

  static fs::path samples() {
    return support::shared_folder() / "corpus/files/istio/istio__istio/samples/bookinfo/networking";
  }

  /// Reads sample files together.
  void read_samples(const std::vector<std::string>& names) {
    std::vector<std::string> files;
    for (const std::string& name : names) {
      files.push_back((samples() / name).string());
    }
    diagnostics_ = Diagnostics();
    policies_ = read_istio(files, mesh_, diagnostics_);
    EXPECT_FALSE(diagnostics_.has_errors()) << render(diagnostics_, false);
  }
};

TEST_F(IstioBookinfoTest, TheMeshIsThere) {
  EXPECT_NE(find_service(mesh_, "productpage"), kNone);
  EXPECT_EQ(mesh_.services[find_service(mesh_, "reviews")].versions.size(), 3U);
}

TEST_F(IstioBookinfoTest, EverySampleFileRunsAsItIs) {
  if (!fs::is_directory(samples())) {
    GTEST_SKIP() << "no shared/corpus beside the tree; set SHAKETABLE_SHARED to its folder";
  }
  // Hosts outside of the mesh, a gateway, what is dead in the samples themselves.
  const std::vector<std::string> expected = {"ST3002", "ST3004", "ST3010", "ST3100",
                                             "ST3101", "ST3103", "ST3110"};
  int files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(samples())) {
    const std::string name = entry.path().filename().string();
    if (name == "destination-rule-all.yaml") {
      continue;
    }
    read_samples({"destination-rule-all.yaml", name});
    EXPECT_EQ(policies_.size(), 4U) << name;
    for (const Diagnostic& item : diagnostics_.sorted()) {
      EXPECT_TRUE(std::count(expected.begin(), expected.end(), item.code))
          << name << ": " << item.code << " " << item.message;
    }
    ++files;
  }
  EXPECT_GE(files, 10);
}

TEST_F(IstioBookinfoTest, TheSamplesMeanWhatTheirNamesSay) {
  if (!fs::is_directory(samples())) {
    GTEST_SKIP() << "no shared/corpus beside the tree; set SHAKETABLE_SHARED to its folder";
  }
  read_samples({"destination-rule-all.yaml", "virtual-service-reviews-80-20.yaml",
                "virtual-service-ratings-test-delay.yaml"});
  EXPECT_EQ(destinations(rule()), "reviews/v1:80 reviews/v2:20");
  const RouteRule& jason = find("ratings")->rules.at(0);
  EXPECT_EQ(jason.route.match.headers.at(0).name, "end-user");
  EXPECT_EQ(jason.route.match.headers.at(0).value.text, "jason");
  EXPECT_EQ(jason.route.fault->fixed_delay, 7s);
  EXPECT_EQ(jason.route.fault->delay_ppm, 1'000'000U);
  EXPECT_EQ(destinations(find("ratings")->rules.at(1)), "ratings/v1:1");

  read_samples({"fault-injection-details-v1.yaml"});
  EXPECT_EQ(find("details")->rules.size(), 1U) << "the second route of the sample is dead";
  EXPECT_EQ(find("details")->rules.at(0).route.fault->abort_status, 555);

  read_samples({"destination-rule-reviews.yaml"});
  EXPECT_EQ(reviews().policy.lb_policy, proxy::LbPolicy::kRandom);
  EXPECT_EQ(reviews().subsets.size(), 3U);
}

}  // namespace
}  // namespace shaketable::engine
