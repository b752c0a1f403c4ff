#include "tests/engine/formats/istio_fixture.h"

namespace shaketable::engine {
namespace {

using IstioFieldsTest = IstioTest;

TEST_F(IstioFieldsTest, SlipsOfTheIndentationAreNamed) {
  read_http(
      "  - route:\n"
      "    - destination:\n"
      "        host: reviews\n"
      "        weight: 90\n"
      "      retries: {attempts: 2}\n"
      "      subset: v1\n"
      "      timeout: 3s\n");
  EXPECT_FALSE(diagnostics_.has_errors());
  EXPECT_EQ(codes(),
            (std::vector<std::string>{"10 ST3012", "11 ST3012", "12 ST3012", "13 ST3012"}));
  EXPECT_NE(reports().find("spec.http[0].route[0].destination.weight"), std::string::npos);
  EXPECT_NE(reports().find("[it belongs to spec.http[].route[], beside destination: check the "
                           "indentation]"),
            std::string::npos)
      << reports();
}

TEST_F(IstioFieldsTest, UnknownFieldsNameTheNearest) {
  read_http("  - route: [{destination: {host: reviews}}]\n    timeOut: 3s\n    retrys: {}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3011", "9 ST3011"}));
  EXPECT_NE(reports().find("[timeout]"), std::string::npos) << reports();
  EXPECT_NE(reports().find("[retries]"), std::string::npos) << reports();
  EXPECT_EQ(rule().route.timeout, proxy::Duration::zero()) << "as the cluster would have it";
}

TEST_F(IstioFieldsTest, RemovedFieldsAreToldApart) {
  read_http("  - route: [{destination: {host: reviews}}]\n    websocketUpgrade: true\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3013"}));
}

TEST_F(IstioFieldsTest, NullIsAbsent) {
  read_http("  - route: [{destination: {host: reviews, subset: }}]\n    retries:\n    match:\n");
  EXPECT_EQ(reports(), "");
  EXPECT_EQ(rule().route.retry->num_retries, 2U);
}

TEST_F(IstioFieldsTest, AFieldOfTheWrongKindIsAnError) {
  read_http("  - route: {destination: {host: reviews}}\n");
  EXPECT_TRUE(diagnostics_.has_errors());
  read_http("  - just text\n");
  EXPECT_TRUE(diagnostics_.has_errors());
}

TEST_F(IstioFieldsTest, ListsAndSeveralDocumentsAndOtherKinds) {
  read(
      "# only a comment\n"
      "---\n"
      "apiVersion: v1\n"
      "kind: List\n"
      "items:\n"
      "- apiVersion: networking.istio.io/v1\n"
      "  kind: VirtualService\n"
      "  metadata: {name: a}\n"
      "  spec: {hosts: [reviews], http: [{route: [{destination: {host: ratings}}]}]}\n"
      "- {apiVersion: v1, kind: Service, metadata: {name: reviews}}\n"
      "---\n"
      "apiVersion: networking.istio.io/v1\n"
      "kind: Sidecar\n"
      "metadata: {name: default}\n"
      "---\n"
      "apiVersion: networking.istio.io/v1\n"
      "kind: VirtualServices\n"
      "metadata: {name: b}\n"
      "---\n"
      "replicas: 3\n");
  EXPECT_EQ(destinations(rule()), "ratings:1");
  EXPECT_EQ(codes(),
            (std::vector<std::string>{"10 ST3002", "12 ST3002", "16 ST3002", "20 ST3001"}));
  EXPECT_NE(reports().find("[VirtualService]"), std::string::npos) << reports();
}

TEST_F(IstioFieldsTest, JsonIsReadToo) {
  policies_ =
      read_istio_text("rules.json",
                      R"({"apiVersion": "networking.istio.io/v1beta1", "kind": "VirtualService",
          "metadata": {"name": "a"}, "spec": {"hosts": ["reviews"],
          "http": [{"route": [{"destination": {"host": "ratings"}}], "timeout": "1.500s"}]}})",
                      mesh_, diagnostics_);
  EXPECT_EQ(reports(), "");
  EXPECT_EQ(rule().route.timeout, std::chrono::milliseconds(1500));
}

TEST_F(IstioFieldsTest, AnUnknownVersionIsReadWithAWarning) {
  read(
      "apiVersion: networking.istio.io/v2\nkind: VirtualService\nmetadata: {name: a}\n"
      "spec: {hosts: [reviews], http: [{route: [{destination: {host: ratings}}]}]}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"1 ST3003"}));
  EXPECT_EQ(reviews().rules.size(), 1U);
}

TEST_F(IstioFieldsTest, TheSameObjectTwiceCountsOnce) {
  const std::string text =
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\n"
      "spec: {hosts: [reviews], http: [{route: [{destination: {host: ";
  read(text + "ratings}}]}]}\n---\n" + text + "details}}]}]}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"6 ST3004"}));
  EXPECT_EQ(destinations(rule()), "details:1");
}

TEST_F(IstioFieldsTest, TemplatesAreExplained) {
  read("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: {{ .Name }}}\n");
  EXPECT_TRUE(diagnostics_.has_errors());
  EXPECT_TRUE(policies_.empty());
}

TEST_F(IstioFieldsTest, ErrorsLeaveTheMeshAsItIs) {
  const std::string missing = "no/such/file.yaml";
  import_istio(std::span(&missing, 1), mesh_, diagnostics_);
  EXPECT_TRUE(diagnostics_.has_errors());
  EXPECT_TRUE(mesh_.policies.empty());
}

TEST_F(IstioFieldsTest, WithoutAMeshOnlyTheFilesThemselvesAreChecked) {
  mesh_ = make_mesh({});
  read_http("  - route: [{destination: {host: reviews}}]\n    timeOut: 3s\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3011"}));
  EXPECT_TRUE(policies_.empty());
}

TEST_F(IstioFieldsTest, ConnectionRoutesAreListedAsNotModelled) {
  read(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\n"
      "spec:\n"
      "  hosts: [reviews]\n"
      "  tcp: [{match: [{port: 9080}], route: [{destination: {host: reviews}}]}]\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"6 ST3010"}));
}

}  // namespace
}  // namespace shaketable::engine
